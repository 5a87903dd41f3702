using Tern.Geometry.Language;
using Tern.Run;

namespace Tern.Geometry.Proposals;

/// <summary>
/// Reads proposals off a language model by falling probability: of all texts that have been begun the likeliest gets its next word, until one ends. With a probability that only falls
/// from word to word, the first that ends is the likeliest of all. Only words with which a statement of the new point can go on are asked for; its number is known.
/// </summary>
sealed class ProposalDecoder : IDisposable
{
    /// <summary>Words of a proposal at most: two statements with their numbers, and the end.</summary>
    public const int Longest = 24;

    const int MostStatements = 2;

    /// <summary>Log-probability below which nothing is looked for, and passes through the model at most.</summary>
    const double Least = -32;

    const int MostPasses = 5000;

    static readonly int End = TheoremVocabulary.IdOf(TheoremText.End);

    /// <summary>A text that has been begun: its last word, and what stands before.</summary>
    /// <param name="Statements">That it has, the last one included.</param>
    /// <param name="Open">Points that the last one still needs.</param>
    /// <param name="HasNew">The last one is about the new point.</param>
    sealed record Beginning(Beginning? Before, int Word, int Length, int Statements, int Open, bool HasNew);

    static readonly Beginning Empty = new(null, -1, 0, 0, 0, false);

    readonly LanguageModel _model;
    readonly Sequence _sequence;
    readonly Problem _problem;
    readonly int[] _prompt;
    readonly int[] _points;
    readonly int _firstNumber;
    readonly PriorityQueue<(Beginning Text, double LogProbability), (double Improbability, long Order)> _queue = new();
    readonly HashSet<string> _said = [];
    long _order;
    int _passes;

    /// <param name="model">Over <see cref="TheoremVocabulary"/>.</param>
    /// <param name="problem">What proposals are for.</param>
    /// <param name="prompt">The problem.</param>
    /// <param name="beginning">Of a proposal: that there is one, of which point.</param>
    public ProposalDecoder(LanguageModel model, Problem problem, int[] prompt, int[] beginning)
    {
        (_model, _problem, _prompt) = (model, problem, [.. prompt, .. beginning]);
        _points = [.. Enumerable.Range(0, problem.PointNames.Length + 1).Select(point => TheoremVocabulary.IdOf(Problem.NameOf(point)))];
        _firstNumber = prompt.Count(TheoremVocabulary.IsNumber);
        _sequence = model.CreateSequence(LengthOf(prompt, beginning));
        // A first point is what is asked for; whether there is another one is for the model to say.
        var logProbability = problem.Clauses[^1].IsAuxiliary ? LogProbabilities(prompt)[beginning[0]] : 0;
        ExpectsPoint = logProbability > Math.Log(0.5);
        Enqueue(Empty, logProbability);
    }

    /// <summary>The model holds it for likelier that there is another auxiliary point than that there is none; of the first one it is not asked.</summary>
    public bool ExpectsPoint { get; }

    /// <summary>Positions that the longest proposal takes.</summary>
    public static int LengthOf(int[] prompt, int[] beginning) => prompt.Length + beginning.Length + Longest;

    /// <summary>The next likeliest; null where there is none that is likely enough.</summary>
    public Proposal? Next()
    {
        while (_passes < MostPasses && _queue.TryDequeue(out var best, out _))
        {
            if (best.Text.Word != End) Continue(best.Text, best.LogProbability);
            else if (Read(best.Text) is { } clause) return new Proposal(clause, best.LogProbability);
        }
        return null;
    }

    void Enqueue(Beginning text, double logProbability)
    {
        if (logProbability > Least) _queue.Enqueue((text, logProbability), (-logProbability, _order++));
    }

    void Continue(Beginning text, double logProbability)
    {
        var next = LogProbabilities([.. _prompt, .. WordsOf(text)]);
        if (text.Open > 0)
        {
            foreach (var point in _points)
                if (point == _points[^1] || text.Open > 1 || text.HasNew) Enqueue(WithPoint(text, point), logProbability + next[point]);
            return;
        }
        if (text.Statements > 0) Enqueue(text with { Before = text, Word = End, Length = text.Length + 1 }, logProbability + next[End]);
        if (text.Statements == MostStatements) return;
        foreach (var (letter, points) in ProposalReader.Letters)
        {
            var word = TheoremVocabulary.IdOf(letter);
            Enqueue(new Beginning(text, word, text.Length + 1, text.Statements + 1, points, false), logProbability + next[word]);
        }
    }

    /// <summary>With one more point and, where it is the last one of a statement, the statement's number.</summary>
    Beginning WithPoint(Beginning text, int point)
    {
        var with = new Beginning(text, point, text.Length + 1, text.Statements, text.Open - 1, text.HasNew || point == _points[^1]);
        return with.Open == 0 && TheoremVocabulary.TryGetNumber(_firstNumber + text.Statements - 1, out var number) ? with with { Before = with, Word = number, Length = with.Length + 1 } : with;
    }

    static int[] WordsOf(Beginning text)
    {
        var words = new int[text.Length];
        for (var (word, i) = (text, text.Length - 1); i >= 0; word = word.Before!) words[i--] = word.Word;
        return words;
    }

    /// <summary>Of the next word, nats. What the sequence holds of the tokens is not computed again.</summary>
    double[] LogProbabilities(int[] tokens)
    {
        _passes++;
        _sequence.Truncate(Math.Min(_sequence.CommonPrefix(tokens), tokens.Length - 1));
        var words = _model.Forward(_sequence, tokens.AsSpan(_sequence.Length))[..TheoremVocabulary.Words.Count];
        double max = words[0];
        foreach (var logit in words) max = Math.Max(max, logit);
        var sum = 0.0;
        foreach (var logit in words) sum += Math.Exp(logit - max);
        var result = new double[words.Length];
        for (var i = 0; i < result.Length; i++) result[i] = words[i] - max - Math.Log(sum);
        return result;
    }

    /// <summary>Null where it is no construction, or one that was said before in other words.</summary>
    Clause? Read(Beginning text)
    {
        string[] words = [Problem.NameOf(_problem.PointNames.Length), TheoremText.Colon, .. WordsOf(text)[..^1].Select(word => TheoremVocabulary.Words[word])];
        if (ProposalReader.Read(words, _problem) is not { } clause) return null;
        return _said.Add(string.Join(';', clause.Facts.Select(fact => fact.Canonical().ToString()).Order(StringComparer.Ordinal))) ? clause : null;
    }

    public void Dispose() => _sequence.Dispose();
}

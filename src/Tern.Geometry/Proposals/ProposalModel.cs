using System.Security.Cryptography;
using Tern.Geometry.Language;
using Tern.Models;
using Tern.Models.Files;
using Tern.Run;

namespace Tern.Geometry.Proposals;

/// <summary>An auxiliary point that a language model proposes.</summary>
/// <param name="Clause">Its construction, with the number of the problem's next point.</param>
/// <param name="LogProbability">Of its text and, where there are auxiliary points already, of there being another one: nats.</param>
public sealed record Proposal(Clause Clause, double LogProbability);

/// <summary>A language model that was trained on <see cref="TheoremText"/> and says which auxiliary points a problem may need.</summary>
public sealed class ProposalModel : IDisposable
{
    readonly LanguageModel _model;

    ProposalModel(LanguageModel model, string name) => (_model, Name) = (model, name);

    /// <summary>Its folder's name and a hash of its weights: what results were found with.</summary>
    public string Name { get; }

    /// <summary>Opens a model folder that <c>tern train</c> wrote.</summary>
    /// <exception cref="TernException">It is none, or its tokens are not those of <see cref="TheoremVocabulary"/>.</exception>
    public static ProposalModel Load(string path)
    {
        // Its matrices are so small that a second thread would cost more than it does.
        var model = LanguageModel.Load(path, new LoadOptions { Threads = 1 });
        try
        {
            Require(model, path);
            var weights = Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.safetensors").Order(StringComparer.Ordinal).FirstOrDefault() : path;
            return new ProposalModel(model, $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(path))} {(weights is null ? "" : HashOf(weights))}".TrimEnd());
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    static void Require(LanguageModel model, string path)
    {
        foreach (var (id, word) in TheoremVocabulary.Words.Index())
            if (model.Tokenizer.IdOf(word) != id)
                throw new TernException($"{path}: is no model of theorems: its tokenizer has no token {id} '{word}'. Train one on what tern prove generate --format jsonl writes, with the tokenizer of --tokenizer.");
    }

    static string HashOf(string file)
    {
        using var stream = DiskFile.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream))[..16];
    }

    /// <summary>The likeliest points to add, at most so many, by falling probability; what the model says that is no construction is left out.</summary>
    /// <param name="problem">With the auxiliary points that it has already.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<Proposal> Propose(Problem problem, int most)
    {
        using var decoder = Decode(problem);
        var proposals = new List<Proposal>();
        while (proposals.Count < most && decoder?.Next() is { } next) proposals.Add(next);
        return proposals;
    }

    /// <summary>The same, one after the other; null where the problem has words that the model has not, or is too long for it.</summary>
    internal ProposalDecoder? Decode(Problem problem)
    {
        var point = problem.PointNames.Length;
        var text = TheoremText.OfTheorem(problem);
        var prompt = IdsOf(text.Split(' '));
        if (prompt is null || IdsOf([TheoremText.Auxiliary, Problem.NameOf(point), TheoremText.Colon]) is not { } beginning) return null;
        return ProposalDecoder.LengthOf(prompt, beginning) > _model.Config.MaxPositionEmbeddings ? null : new ProposalDecoder(_model, problem, prompt, beginning);
    }

    static int[]? IdsOf(string[] words)
    {
        var ids = new int[words.Length];
        for (var i = 0; i < ids.Length; i++)
            if (!TheoremVocabulary.TryGetId(words[i], out ids[i])) return null;
        return ids;
    }

    public void Dispose() => _model.Dispose();
}

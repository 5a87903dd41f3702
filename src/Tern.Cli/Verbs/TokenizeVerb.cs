using System.CommandLine;
using System.Globalization;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Models;
using Tern.Models.Tokenizers;

namespace Tern.Cli.Verbs;

/// <summary>Text to token ids and back.</summary>
sealed class TokenizeVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly Flag<string?> _model = new("--model", ["-m"], "Model or tokenizer file (default: the model that comes with Tern)", null, "path");
    readonly InputText _text = new();
    readonly Option<bool> _decode = new("--decode", "-d") { Description = "The input is ids (separated by blanks, commas or lines); print their text" };
    readonly Option<bool> _pieces = new("--pieces") { Description = "One line for each token: id, tab, piece" };
    readonly Option<bool> _count = new("--count") { Description = "Only the number of tokens" };
    readonly Option<bool> _noSpecial = new("--no-special") { Description = "Without what the model expects around a text (BOS, EOS)" };
    readonly Option<bool> _parseSpecial = new("--parse-special") { Description = "Read the text of special tokens as those tokens" };
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public TokenizeVerb(CancellationToken cancellation) : base("tokenize", "Turns text into token ids, or ids into text. Without -p and -f, the input is stdin.")
    {
        _cancellation = cancellation;
        Add(_model);
        _text.AddTo(this);
        foreach (var option in (Option[])[_decode, _pieces, _count, _noSpecial, _parseSpecial, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern tokenize -p \"It was a dark and stormy night\"",
        "tern tokenize -m model.gguf --count -f book.txt",
        "tern tokenize --decode -p \"875 324 259\"",
    ];

    int Run(ParseResult result)
    {
        var path = result.GetValue(_model) ?? ShippedModel.Find() ?? throw new WrongUseException("no model: name one with -m");
        var text = _text.Read(result, _cancellation) ?? InputText.ReadStandardInput(_cancellation);
        using var files = new TokenizerOf(path);
        if (result.GetValue(_decode)) Decode(result, files.Tokenizer, ParseIds(text, files.Tokenizer));
        else Print(result, files.Tokenizer, text);
        return 0;
    }

    void Print(ParseResult result, Tokenizer tokenizer, string text)
    {
        var ids = tokenizer.Encode(text, addSpecial: !result.GetValue(_noSpecial), parseSpecial: result.GetValue(_parseSpecial));
        if (result.GetValue(_json)) JsonOutput.Print(new { Ids = ids, Pieces = ids.Select(tokenizer.PieceOf), Count = ids.Length });
        else if (result.GetValue(_count)) Console.Out.WriteLine(ids.Length);
        else if (result.GetValue(_pieces)) Console.Out.Write(string.Concat(ids.Select(id => $"{id}\t{tokenizer.PieceOf(id)}\n")));
        else Console.Out.WriteLine(string.Join(' ', ids));
    }

    void Decode(ParseResult result, Tokenizer tokenizer, int[] ids)
    {
        var text = tokenizer.Decode(ids, skipSpecial: !result.GetValue(_parseSpecial));
        if (result.GetValue(_json)) JsonOutput.Print(new { Text = text, Ids = ids });
        else Console.Out.WriteLine(text);
    }

    static int[] ParseIds(string text, Tokenizer tokenizer) => [.. text.Split([' ', ',', '\t', '\r', '\n', '[', ']'], StringSplitOptions.RemoveEmptyEntries).Select(word =>
        !int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? throw new TernException($"'{word}' is not a token id; --decode takes whole numbers.")
        : id >= tokenizer.VocabSize ? throw new TernException($"There is no token {id}: the vocabulary has the ids 0 to {tokenizer.VocabSize - 1}.")
        : id)];

    /// <summary>A tokenizer file needs no model beside it.</summary>
    sealed class TokenizerOf : IDisposable
    {
        readonly ModelOnDisk? _model;

        public TokenizerOf(string path)
        {
            if (File.Exists(path) && Path.GetFileName(path).StartsWith("tok", StringComparison.Ordinal) && TokenizerFiles.Load(path) is { } alone)
            {
                Tokenizer = alone;
                return;
            }
            _model = ModelOnDisk.Open(path);
            if (_model.Tokenizer is not { } tokenizer)
            {
                _model.Dispose();
                throw new TernException($"{path}: the model came without a tokenizer. Put tokenizer.json, tokenizer.model or a tok*.bin beside it.");
            }
            Tokenizer = tokenizer;
        }

        public Tokenizer Tokenizer { get; }

        public void Dispose() => _model?.Dispose();
    }
}

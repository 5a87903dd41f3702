using System.IO.Hashing;
using System.Text;
using Tern.Models.Tests.Fuzzing;
using Tern.Numerics.Kernels;
using Tern.Run.Constraints;

namespace Tern.Run.Tests.Fuzzing;

/// <summary>What running models reads beyond the model files: grammars, saved sequences; and damaged models that load, run.</summary>
public sealed class RunFuzzTargets(string temporaryFolder) : IDisposable
{
    LanguageModel? _model;
    Sequence? _sequence;

    public static IReadOnlyList<string> Names { get; } = ["grammar", "saved-sequence", "running-model"];

    /// <exception cref="ArgumentException">There is no such target.</exception>
    public FuzzTarget Of(string name) => name switch
    {
        "grammar" => new(name, [.. Grammars.Select(Encoding.UTF8.GetBytes)], input =>
        {
            var grammar = Grammar.Parse(Encoding.UTF8.GetString(input));
            grammar.Accepts("{\"a\": [1, -2.5e3, true]}");
            grammar.AcceptsPrefix("yes 12 é"u8);
        }),
        "saved-sequence" => new(name, [SavedSequence()], input =>
        {
            _sequence!.Restore(Store(Resealed(input)));
            _model!.Forward(_sequence, 1);
        }),
        "running-model" => new(name, [ModelBytes()], input =>
        {
            using var model = LanguageModel.Load(Store(input), SmallOptions);
            using var sequence = model.CreateSequence(contextLength: 4);
            model.Forward(sequence, 1, 2);
        }),
        _ => throw new ArgumentException($"no target '{name}'; there are {string.Join(", ", Names)}", nameof(name)),
    };

    static LoadOptions SmallOptions => new() { Threads = 1, MaxBatch = 4 };

    static readonly string[] Grammars =
    [
        """
        root ::= object
        value ::= object | array | string | number | ("true" | "false" | "null") ws
        object ::= "{" ws (string ":" ws value ("," ws string ":" ws value)*)? "}" ws
        array ::= "[" ws (value ("," ws value)*)? "]" ws
        string ::= "\"" ([^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}))* "\"" ws
        number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [1-9] [0-9]{0,15})? ws
        ws ::= | " " | "\n" [ \t]{0,20}
        """,
        "# comment\nroot ::= (\"yes\" | \"no\") tail{1,3}\ntail ::= [ \\t]+ [0-9]{2,} . [^a-z\\u00e0-\\u00ff]? \"\\x41\"*\n",
    ];

    byte[] ModelBytes() => new FuzzTargets(temporaryFolder).BlockGgufBytes();

    byte[] SavedSequence()
    {
        var path = Path.Combine(temporaryFolder, "running.gguf");
        File.WriteAllBytes(path, ModelBytes());
        _model = LanguageModel.Load(path, SmallOptions);
        _sequence = _model.CreateSequence(contextLength: 8, CacheType.F32);
        _model.Forward(_sequence, 1, 2, 0);
        _sequence.Save(Path.Combine(temporaryFolder, "original.sequence"));
        return File.ReadAllBytes(Path.Combine(temporaryFolder, "original.sequence"));
    }

    /// <summary>With the right checksum in three of four cases: otherwise nothing damaged would come past it.</summary>
    static byte[] Resealed(byte[] input)
    {
        const int Checksum = 8, Content = Checksum + 16;
        if (input.Length <= Content) return input;
        var sum = XxHash128.Hash(input.AsSpan(Content));
        if (sum[0] % 4 != 0) sum.CopyTo(input, Checksum);
        return input;
    }

    string Store(byte[] input)
    {
        var path = Path.Combine(temporaryFolder, "run-input");
        File.WriteAllBytes(path, input);
        return path;
    }

    public void Dispose()
    {
        _sequence?.Dispose();
        _model?.Dispose();
    }
}

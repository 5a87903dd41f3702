namespace Tern.Plan.Fitting.Runs;

/// <summary>What a column of a table of runs holds.</summary>
enum RunQuantity
{
    Parameters,
    Tokens,
    Flop,
    TokensPerParameter,
    Loss,
    Name,
    WeightBits,
    ActivationBits,
    KeyValueBits,
    PostTrainingBits,
    LossBefore,
    Seed,
    Batch,
    Steps,
}

/// <summary>How columns are called. Spelling is compared in lower case, with everything but letters and digits as one underscore.</summary>
/// <param name="Quantity">What the column holds.</param>
/// <param name="Key">Its name in --columns.</param>
/// <param name="Names">Known names: those of the tables of the papers, and usual ones.</param>
/// <param name="Scaled">Whether names may end in a unit: params_m, tokens_b.</param>
sealed record RunQuantityNames(RunQuantity Quantity, string Key, IReadOnlyList<string> Names, bool Scaled = false)
{
    public static readonly IReadOnlyList<RunQuantityNames> All =
    [
        new(RunQuantity.Parameters, "N", ["params", "n_params", "num_params", "parameters", "parameter_count", "model_size", "n"], Scaled: true),
        new(RunQuantity.Tokens, "D", ["tokens", "n_tokens", "num_tokens", "training_tokens", "d"], Scaled: true),
        new(RunQuantity.Flop, "C", ["budget", "flop", "flops", "training_flop", "training_flops", "compute", "c"]),
        new(RunQuantity.TokensPerParameter, "M", ["tokens_params", "tokens_per_parameter", "tokens_per_param"]),
        new(RunQuantity.Loss, "L", ["loss", "smoothed_loss", "final_loss", "val_loss", "validation_loss", "held_out_loss", "target", "target_loss", "l"]),
        new(RunQuantity.Name, "name", ["name", "run", "model_name", "model"]),
        new(RunQuantity.WeightBits, "p_w", ["p_w"]),
        new(RunQuantity.ActivationBits, "p_a", ["p_a"]),
        new(RunQuantity.KeyValueBits, "p_kv", ["p_kv"]),
        new(RunQuantity.PostTrainingBits, "p_post", ["p_post"]),
        new(RunQuantity.LossBefore, "loss_before", ["loss_before"]),
        new(RunQuantity.Seed, "seed", ["seed"]),
        new(RunQuantity.Batch, "B", ["batch", "batch_size", "batch_tokens", "b"]),
        new(RunQuantity.Steps, "S", ["steps", "s"]),
    ];

    /// <summary>Endings of names that say in which unit a column counts.</summary>
    public static readonly IReadOnlyDictionary<string, double> Units = new Dictionary<string, double>
    {
        ["k"] = 1e3, ["thousand"] = 1e3, ["thousands"] = 1e3,
        ["m"] = 1e6, ["million"] = 1e6, ["millions"] = 1e6,
        ["b"] = 1e9, ["billion"] = 1e9, ["billions"] = 1e9,
        ["t"] = 1e12, ["trillion"] = 1e12, ["trillions"] = 1e12,
    };

    public static string Normalised(string column) =>
        string.Join('_', new string([.. column.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>By what the numbers of a column are multiplied if its name is one of this quantity; null if it is not.</summary>
    public double? ScaleOf(string column)
    {
        var name = Normalised(column);
        if (Names.Contains(name)) return 1;
        return Scaled && UnitOf(name) is var (stem, unit) && Names.Contains(stem) ? unit : null;
    }

    /// <summary>"tokens_b" as "tokens" and 1e9.</summary>
    public static (string Stem, double Unit)? UnitOf(string normalised)
    {
        var at = normalised.LastIndexOf('_');
        return at > 0 && Units.TryGetValue(normalised[(at + 1)..], out var unit) ? (normalised[..at], unit) : null;
    }
}

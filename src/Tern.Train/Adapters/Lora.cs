using Tern.Models.Adapters;
using Tern.Train.Architectures;

namespace Tern.Train.Adapters;

/// <summary>What is trained in place of the weights of a model.</summary>
public abstract record AdapterChoice
{
    /// <summary>Freezes the model and puts the adapter in.</summary>
    /// <param name="model">Its <see cref="CausalModel.Trained"/> are those of the adapter from now on.</param>
    /// <param name="seed">Of the initial values.</param>
    /// <exception cref="Tern.Models.TernException">The model has not what the choice names.</exception>
    public abstract LowRankAdapters Attach(CausalModel model, int seed);

    /// <summary>Whether the adapter is merged into the weights, and begun anew, after so many steps.</summary>
    public virtual bool RestartsAfter(long steps) => false;

    /// <summary>What the scheduled learning rate is multiplied by at a step (from 0).</summary>
    public virtual double RateFactor(long step) => 1;
}

/// <summary>
/// LoRA (Hu et al. 2021, arXiv 2106.09685): y = x Wᵀ + s (x Aᵀ) Bᵀ with W frozen; names and defaults are those of PEFT. Options: the scale of rsLoRA (Kalajdzievski 2023, arXiv 2312.03732), DoRA (Liu et al.
/// 2024, arXiv 2402.09353), and the restarts of ReLoRA (Lialin et al. 2023, arXiv 2307.05695). Differs from ReLoRA: the state of A and B is dropped, where the authors keep the largest 1 to 10 %.
/// </summary>
public sealed record Lora : AdapterChoice
{
    /// <summary>r: rows of A, columns of B.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>lora_alpha: s = alpha / r.</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>Of x before A, while training.</summary>
    public double Dropout { get; init; }

    /// <summary>The matrices that are adapted.</summary>
    public TargetModules Targets { get; init; } = new("q_proj", "v_proj");

    /// <summary>s = alpha / sqrt(r).</summary>
    public bool UseRslora { get; init; }

    /// <summary>Row norms of the adapted weight are weights of their own.</summary>
    public bool UseDora { get; init; }

    /// <summary>Modules that are trained in full beside the adapter, by the ends of their names: embed_tokens, lm_head, norm, ...</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>ReLoRA: steps between merges of A and B into W; 0 for never.</summary>
    public int RestartEvery { get; init; }

    /// <summary>Steps over which the learning rate rises again after a restart.</summary>
    public int RestartWarmup { get; init; }

    internal double Scale => UseRslora ? Alpha / Math.Sqrt(Rank) : Alpha / Rank;

    public override LowRankAdapters Attach(CausalModel model, int seed) => LowRankAdapters.Attach(this, model, seed);

    public override bool RestartsAfter(long steps) => RestartEvery > 0 && steps % RestartEvery == 0;

    /// <summary>(k + 1) / (warm-up + 1) at the k-th step after a restart, as in the warm-up of schedules.</summary>
    public override double RateFactor(long step) =>
        RestartEvery > 0 && step >= RestartEvery && step % RestartEvery < RestartWarmup ? (step % RestartEvery + 1.0) / (RestartWarmup + 1) : 1;
}

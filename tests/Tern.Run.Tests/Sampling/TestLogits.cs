using Tern.Run.Constraints;

namespace Tern.Run.Tests.Sampling;

/// <summary>Logits as of a language model, and constraints that need no grammar.</summary>
static class TestLogits
{
    /// <summary>Normal deviates times a width: 3 gives a peaked distribution, 0.1 a flat one.</summary>
    public static float[] Normal(int count, int seed, double width = 3)
    {
        var random = new Random(seed);
        var logits = new float[count];
        foreach (ref var logit in logits.AsSpan())
            logit = (float)(width * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return logits;
    }
}

/// <summary>Allows a fixed set of tokens and counts how often it was asked.</summary>
sealed class OnlyTokens(params int[] allowed) : ITokenConstraint
{
    public int Masks { get; private set; }

    public List<int> Accepted { get; } = [];

    public bool Allows(int token) => Array.IndexOf(allowed, token) >= 0;

    public void Mask(Span<float> logits)
    {
        Masks++;
        for (var token = 0; token < logits.Length; token++)
            if (!Allows(token)) logits[token] = float.NegativeInfinity;
    }

    public void Accept(int token)
    {
        if (!Allows(token)) throw new InvalidOperationException($"Token {token} is not allowed.");
        Accepted.Add(token);
    }

    public ITokenConstraint Fork() => new OnlyTokens(allowed);
}

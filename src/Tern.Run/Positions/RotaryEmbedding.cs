using Tern.Models;
using Tern.Models.Configs;
using Tern.Numerics.Memory;

namespace Tern.Run.Positions;

/// <summary>
/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864) with the scalings of public models: linear (Chen et al. 2023, arXiv 2306.15595),
/// dynamic NTK, Llama 3, YaRN (Peng et al. 2023, arXiv 2309.00071) and LongRoPE (Ding et al. 2024, arXiv 2402.13753). Angles are
/// computed in double precision.
/// </summary>
sealed class RotaryEmbedding(double theta, int rotaryDim, int maxPosition, RopeScaling? scaling, bool interleaved) : IDisposable
{
    readonly List<RotaryTable> _tables = [];

    public int RotaryDim => rotaryDim;

    public bool Interleaved => interleaved;

    /// <summary>Cosines and sines of positions 0 .. contextLength - 1 at least.</summary>
    public RotaryTable TableFor(int contextLength)
    {
        lock (_tables)
        {
            var variant = VariantFor(contextLength);
            var table = _tables.Find(table => table.Variant == variant && table.Positions >= contextLength);
            if (table is null) _tables.Add(table = new RotaryTable(Frequencies(contextLength), Magnitude(), contextLength, variant));
            return table;
        }
    }

    /// <summary>The scalings that depend on the length of the context get a table for each.</summary>
    int VariantFor(int contextLength) => scaling?.Type switch
    {
        "dynamic" => Math.Max(contextLength, maxPosition),
        "longrope" => contextLength > OriginalLength ? 1 : 0,
        _ => 0,
    };

    int OriginalLength => scaling?.OriginalMaxPositionEmbeddings ?? maxPosition;

    double[] Frequencies(int contextLength)
    {
        var frequencies = new double[rotaryDim / 2];
        var origin = scaling?.Type == "dynamic" && contextLength > maxPosition ? DynamicTheta(contextLength) : theta;
        for (var i = 0; i < frequencies.Length; i++) frequencies[i] = Math.Pow(origin, -2.0 * i / rotaryDim);
        switch (scaling?.Type)
        {
            case null or "default" or "dynamic":
                break;
            case "linear":
                for (var i = 0; i < frequencies.Length; i++) frequencies[i] /= scaling.Factor;
                break;
            case "llama3":
                for (var i = 0; i < frequencies.Length; i++) frequencies[i] = Llama3(frequencies[i]);
                break;
            case "yarn":
                Yarn(frequencies);
                break;
            case "longrope":
                var factors = contextLength > OriginalLength ? scaling.LongFactor : scaling.ShortFactor;
                for (var i = 0; i < frequencies.Length; i++) frequencies[i] /= factors?[i] ?? 1;
                break;
            default:
                throw new TernException($"rope scaling '{scaling.Type}' is not supported; known are linear, dynamic, llama3, yarn, longrope.");
        }
        if (scaling?.FrequencyFactors is { } divisors)
            for (var i = 0; i < frequencies.Length; i++) frequencies[i] /= divisors[i];
        return frequencies;
    }

    double DynamicTheta(int length) =>
        theta * Math.Pow(scaling!.Factor * length / maxPosition - (scaling.Factor - 1), rotaryDim / (rotaryDim - 2.0));

    /// <summary>Long wavelengths are stretched, short ones kept, those between blended.</summary>
    double Llama3(double frequency)
    {
        var wavelength = 2 * Math.PI / frequency;
        double longest = OriginalLength / scaling!.LowFreqFactor, shortest = OriginalLength / scaling.HighFreqFactor;
        if (wavelength > longest) return frequency / scaling.Factor;
        if (wavelength < shortest) return frequency;
        var smooth = (OriginalLength / wavelength - scaling.LowFreqFactor) / (scaling.HighFreqFactor - scaling.LowFreqFactor);
        return (1 - smooth) * frequency / scaling.Factor + smooth * frequency;
    }

    /// <summary>YaRN, equations 18 to 23 ("NTK by parts"): a ramp over the dimensions between betaFast and betaSlow rotations.</summary>
    void Yarn(double[] frequencies)
    {
        double Dimension(double rotations) => rotaryDim * Math.Log(OriginalLength / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));
        var low = Math.Max(Math.Floor(Dimension(scaling!.BetaFast)), 0);
        var high = Math.Min(Math.Ceiling(Dimension(scaling.BetaSlow)), rotaryDim - 1);
        if (low == high) high += 0.001;
        for (var i = 0; i < frequencies.Length; i++)
        {
            var ramp = Math.Clamp((i - low) / (high - low), 0, 1);
            frequencies[i] = frequencies[i] / scaling.Factor * ramp + frequencies[i] * (1 - ramp);
        }
    }

    /// <summary>What cosines and sines are multiplied by: the attention temperature of YaRN and LongRoPE.</summary>
    double Magnitude()
    {
        if (scaling?.AttentionFactor is { } given) return given;
        switch (scaling?.Type)
        {
            case "yarn":
                return scaling.Factor <= 1 ? 1 : 0.1 * Math.Log(scaling.Factor) + 1;
            case "longrope":
                var stretch = scaling.Factor > 1 ? scaling.Factor : (double)maxPosition / OriginalLength;
                return stretch <= 1 ? 1 : Math.Sqrt(1 + Math.Log(stretch) / Math.Log(OriginalLength));
            default:
                return 1;
        }
    }

    public void Dispose()
    {
        foreach (var table in _tables) table.Dispose();
    }
}

/// <summary>cos and sin of position * frequency: [positions, rotaryDim / 2] each.</summary>
sealed unsafe class RotaryTable : IDisposable
{
    readonly NativeBuffer _memory;
    readonly int _pairs;
    readonly double[] _frequencies;

    public RotaryTable(double[] frequencies, double magnitude, int positions, int variant)
    {
        _frequencies = frequencies;
        _pairs = frequencies.Length;
        Positions = positions;
        Variant = variant;
        _memory = new NativeBuffer(2L * positions * _pairs * sizeof(float));
        for (var position = 0; position < positions; position++)
            for (var i = 0; i < _pairs; i++)
            {
                var (sine, cosine) = Math.SinCos(position * frequencies[i]);
                Cosines(position)[i] = (float)(cosine * magnitude);
                Sines(position)[i] = (float)(sine * magnitude);
            }
    }

    public int Positions { get; }

    public int Variant { get; }

    public float* Cosines(int position) => (float*)_memory.Pointer + (long)position * _pairs;

    public float* Sines(int position) => (float*)_memory.Pointer + ((long)Positions + position) * _pairs;

    /// <summary>The rotation by a number of positions without the magnitude, for moving keys that were rotated before.</summary>
    public void Turn(int positions, Span<float> cosines, Span<float> sines)
    {
        for (var i = 0; i < _pairs; i++)
        {
            var (sine, cosine) = Math.SinCos(positions * _frequencies[i]);
            (cosines[i], sines[i]) = ((float)cosine, (float)sine);
        }
    }

    public void Dispose() => _memory.Dispose();
}

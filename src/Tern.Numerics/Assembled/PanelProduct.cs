using System.Runtime.InteropServices;
using Iced.Intel;
using Tern.Numerics.Kernels;
using Tern.Numerics.Kernels.Panels;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>What <see cref="PanelProduct{TPanel}"/> is given.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct PanelProductArguments
{
    /// <summary>16 rows: <see cref="Blocks"/> panel blocks.</summary>
    public byte* Panel;

    /// <summary>The first token's quants of the first block; those of the next token follow, then those of the next block.</summary>
    public sbyte* Quants;

    public float* Scales;

    public int* NegatedSums;

    public float* Corrections;

    /// <summary>16 floats for each token.</summary>
    public float* Output;

    /// <summary>Bytes from one token's output to the next.</summary>
    public long OutputStride;

    public long Blocks;
}

/// <summary>
/// A panel of 16 rows times up to 16 tokens in int8, with AVX512-VNNI. The loop nest, innermost last:
/// <code>
/// for block of the panel
///     for segment of the block (columns that share a scale: 32, or 16 where a format has two scales per group)
///         decode scale, minimum and codes: 4 or 8 registers, lane r = 4 columns of row r
///         for a few tokens at a time
///             dot[t] = -ZeroPoint * sum of the activations      // the start value: free
///             for quad: for t: dot[t] += codes[quad] . activations[t, quad]      vpdpbusd, 4 bytes broadcast from memory
///             sum[t] += float(dot[t]) * (scale * activationScale[t])
///             sum[t] += minimum * -activationScale[t] * (sum of the activations)
/// </code>
/// Integers are exact and floats are added in the order of <see cref="UnsignedPanelKernel{TRegister, TPanel}"/>: the bits are the same. Signed codes
/// become unsigned by adding 128, with 128 as their zero point.
/// Registers: zmm0 .. zmm(tokens - 1) the sums; the others decode, then hold codes, scale, minimum and the dots.
/// </summary>
sealed unsafe class PanelProduct<TPanel> : Kernel where TPanel : struct, IPanelFormat<TPanel>
{
    const int GroupSize = Activations.BlockSize;
    const int SignedZeroPoint = 128;

    /// <summary>Decode streams panels from memory; prefill finds them in the cache.</summary>
    const int PrefetchBytes = 2048, MostTokensThatPrefetch = 4;

    static readonly AssemblerRegister64 Panel = rax, Quants = rdx, Scales = r8, Sums = r9, Corrections = r10, Blocks = r11, Output = rbx, OutputStride = rbp;

    readonly int _tokens, _interleaved;
    readonly PanelInstructions _instructions;

    /// <param name="tokens">1 .. 16.</param>
    /// <param name="interleaved">Tokens that lie side by side in the activations (<see cref="Activations.Interleaved"/>), at least <paramref name="tokens"/>.</param>
    public PanelProduct(int tokens, int interleaved)
    {
        _tokens = tokens;
        _interleaved = interleaved;
        _instructions = new PanelInstructions(Code, Panel, Constants, Enumerable.Range(tokens, 32 - tokens));
    }

    public override string Name => $"{typeof(TPanel).Name.Replace("Panel", "", StringComparison.Ordinal)} x {_tokens}{(_interleaved == _tokens ? "" : $" of {_interleaved}")}";

    static int SegmentsPerGroup => TPanel.ScalesPerGroup;

    static int QuadsPerSegment => GroupSize / 4 / SegmentsPerGroup;

    static int ZeroPoint => TPanel.SignedCodes ? SignedZeroPoint : TPanel.ZeroPoint;

    static AssemblerRegisterZMM Sum(int token) => PanelInstructions.Register(token);

    protected override void EmitBody()
    {
        PanelInstructions.Current = _instructions;
        LoadArguments<PanelProductArguments>(
            (Panel, nameof(PanelProductArguments.Panel)), (Quants, nameof(PanelProductArguments.Quants)),
            (Scales, nameof(PanelProductArguments.Scales)), (Sums, nameof(PanelProductArguments.NegatedSums)),
            (Corrections, nameof(PanelProductArguments.Corrections)), (Blocks, nameof(PanelProductArguments.Blocks)),
            (Output, nameof(PanelProductArguments.Output)), (OutputStride, nameof(PanelProductArguments.OutputStride)));
        for (var token = 0; token < _tokens; token++) Code.vpxord(Sum(token), Sum(token), Sum(token));

        var nextBlock = Code.CreateLabel();
        Code.Label(ref nextBlock);
        if (_tokens <= MostTokensThatPrefetch)
            for (var line = 0; line < TPanel.BytesPerPanelBlock; line += 64) Code.prefetcht0(__byte_ptr[Panel + (PrefetchBytes + line)]);
        for (var group = 0; group < TPanel.WeightsPerBlock / GroupSize; group++)
        {
            for (var segment = 0; segment < SegmentsPerGroup; segment++) EmitSegment(group, segment);
            Code.add(Quants, GroupSize * _interleaved);
            Code.add(Scales, sizeof(float) * _interleaved);
            if (ZeroPoint != 0) Code.add(Sums, Activations.SumsPerBlock * sizeof(int) * _interleaved);
            if (TPanel.HasMinimum) Code.add(Corrections, Activations.SumsPerBlock * sizeof(float) * _interleaved);
        }
        Code.add(Panel, TPanel.BytesPerPanelBlock);
        Code.dec(Blocks);
        Code.jnz(nextBlock);

        for (var token = 0; token < _tokens; token++)
        {
            Code.vmovups(__zmmword_ptr[Output], Sum(token));
            Code.add(Output, OutputStride);
        }
    }

    void EmitSegment(int group, int segment)
    {
        var scale = _instructions.InRegister(TPanel.Scale<SymbolicRegister>((byte*)null, group, segment));
        var minimum = TPanel.HasMinimum ? _instructions.InRegister(TPanel.Minimum<SymbolicRegister>((byte*)null, group, segment)) : default;
        var codes = new SymbolicRegister[QuadsPerSegment];
        for (var quad = 0; quad < codes.Length; quad++) codes[quad] = Codes(group, segment * QuadsPerSegment + quad);
        _instructions.ReleaseConstants();

        var product = _instructions.Take();
        var atOnce = EvenParts(_tokens, _instructions.FreeCount);
        for (var first = 0; first < _tokens; first += atOnce)
            EmitTokens(first, Math.Min(atOnce, _tokens - first), segment, codes, scale.Value, minimum.Value, product);

        _instructions.GiveBack(product);
        _instructions.GiveBack(scale);
        if (TPanel.HasMinimum) _instructions.GiveBack(minimum);
        foreach (var code in codes) _instructions.GiveBack(code);
    }

    SymbolicRegister Codes(int group, int quad)
    {
        var codes = TPanel.Codes<SymbolicRegister>((byte*)null, group, quad);
        return _instructions.InRegister(TPanel.SignedCodes
            ? _instructions.Xor(codes, SymbolicRegister.Broadcast(unchecked((int)0x8080_8080)))
            : codes);
    }

    void EmitTokens(int first, int count, int segment, SymbolicRegister[] codes, int scale, int minimum, int product)
    {
        var taken = new int[count];
        for (var i = 0; i < count; i++) taken[i] = _instructions.Take();
        var dots = Array.ConvertAll(taken, PanelInstructions.Register);
        var scaled = PanelInstructions.Register(product);
        for (var i = 0; i < count; i++) Start(dots[i], first + i, segment);
        for (var quad = 0; quad < codes.Length; quad++)
        {
            for (var i = 0; i < count; i++)
            {
                Code.vpdpbusd(
                    dots[i], PanelInstructions.Register(codes[quad].Value),
                    __dword_bcst[Quants + ((first + i) * GroupSize + (segment * QuadsPerSegment + quad) * 4)]);
            }
        }
        for (var i = 0; i < count; i++)
        {
            Code.vcvtdq2ps(dots[i], dots[i]);
            Code.vmulps(scaled, PanelInstructions.Register(scale), __dword_bcst[Scales + (first + i) * sizeof(float)]);
            Code.vfmadd231ps(Sum(first + i), dots[i], scaled);
            if (TPanel.HasMinimum)
                Code.vfmadd231ps(Sum(first + i), PanelInstructions.Register(minimum), __dword_bcst[Corrections + PerSegment(first + i, segment)]);
        }
        foreach (var register in taken) _instructions.GiveBack(register);
    }

    /// <summary>dot = -ZeroPoint * (sum of the activations).</summary>
    void Start(AssemblerRegisterZMM dot, int token, int segment)
    {
        var sum = Sums + PerSegment(token, segment);
        if (ZeroPoint == 0) Code.vpxord(dot, dot, dot);
        else if (ZeroPoint == 1) Code.vpbroadcastd(dot, __dword_ptr[sum]);
        else Code.vpslld(dot, __dword_bcst[sum], (byte)int.Log2(ZeroPoint));
    }

    /// <summary>Distance of a number that there is for each half and for the whole of a group.</summary>
    static int PerSegment(int token, int segment) => (Activations.SumsPerBlock * token + (SegmentsPerGroup == 1 ? 2 : segment)) * sizeof(int);

    /// <summary>The size of equal parts, each at most <paramref name="most"/>.</summary>
    static int EvenParts(int count, int most)
    {
        var parts = (count + most - 1) / most;
        return (count + parts - 1) / parts;
    }
}

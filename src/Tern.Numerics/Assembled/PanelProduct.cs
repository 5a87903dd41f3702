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
/// A panel of 16 rows times up to 16 tokens in int8, with AVX512-VNNI or AVX-VNNI. The loop nest, innermost last:
/// <code>
/// for block of the panel
///     for part of the rows (all 16 in a register of 512 bits; 8 and 8 in 256)
///         for segment of the block (columns that share a scale: 32, or 16 where a format has two scales per group)
///             decode scale, minimum and codes: 4 or 8 registers, lane r = 4 columns of row r
///             for a few tokens at a time
///                 dot[t] = -ZeroPoint * sum of the activations      // the start value: free
///                 for quad: for t: dot[t] += codes[quad] . activations[t, quad]      vpdpbusd, 4 bytes broadcast from memory
///                 sum[t] += float(dot[t]) * (scale * activationScale[t])
///                 sum[t] += minimum * -activationScale[t] * (sum of the activations)
/// </code>
/// Integers are exact and floats are added in the order of <see cref="UnsignedPanelKernel{TRegister, TPanel}"/>: the bits are the same. Signed codes
/// become unsigned by adding 128, with 128 as their zero point.
/// <para>
/// Registers: the sums, if there are few enough of them, then codes, scale, minimum, and as many dots as are left. Of 16 registers codes, scale and minimum
/// may take 10, so there the sums of more than two tokens lie in memory, where one load and one store for each segment cost less than decoding it again.
/// Where registers are left, with few tokens, they keep what the format's definition reads again for another group: a register of two-bit codes is
/// loaded once, not four times.
/// </para>
/// </summary>
sealed unsafe class PanelProduct<TPanel> : Kernel where TPanel : struct, IPanelFormat<TPanel>
{
    const int GroupSize = Activations.BlockSize;
    const int SignedZeroPoint = 128, CacheLine = 64;

    /// <summary>The sums of one token.</summary>
    const int SumBytes = WeightMatrix.RowsPerUnit * sizeof(float);

    /// <summary>Tokens in the body of a loop over tokens: enough that products do not wait for each other, few enough for the first-level cache.</summary>
    const int TokensInLoop = 4;

    /// <summary>How far ahead cache lines are asked for: what a core reads within the latency of memory, and some more.</summary>
    const int PrefetchBytes = 8192;

    /// <summary>Registers of a segment besides its codes: dots, as long as there are as many tokens; scale, minimum and what decoding needs.</summary>
    const int FewestDots = 4, Temporaries = 4;

    static readonly AssemblerRegister64
        Panel = rax, Quants = rdx, Scales = r8, Sums = r9, Corrections = r10, Blocks = r11, Output = rbx, OutputStride = rbp, StackBefore = r12, TokenSums = r13, Parts = r14;

    readonly IsaLevel _level;
    readonly int _tokens, _interleaved;
    readonly PanelInstructions _instructions;

    /// <summary>[token][part]; null if they lie in memory.</summary>
    readonly int[]? _sums;

    /// <param name="level">A rung whose kernels are assembled.</param>
    /// <param name="tokens">1 .. 16.</param>
    /// <param name="interleaved">Tokens that lie side by side in the activations (<see cref="Activations.Interleaved"/>), at least <paramref name="tokens"/>.</param>
    public PanelProduct(IsaLevel level, int tokens, int interleaved) : this(level, tokens, interleaved, new PanelProduct<TPanel>(level, tokens, interleaved, null).CountUses())
    {
    }

    PanelProduct(IsaLevel level, int tokens, int interleaved, IReadOnlyDictionary<PanelInstructions.Operand, int>? uses)
    {
        _level = level;
        _tokens = tokens;
        _interleaved = interleaved;
        _instructions = PanelInstructions.For(level, Code, Panel, Constants);
        var sums = tokens * _instructions.Parts;
        if (sums <= _instructions.MostSums) _sums = [.. Enumerable.Range(0, sums).Select(_ => _instructions.Take())];
        if (uses is not null) _instructions.ExpectedUses = uses;
        _instructions.Reserve = QuadsPerSegment + Math.Min(tokens, FewestDots) + Temporaries;
    }

    /// <summary>How often the definitions of the format ask for what: the first of two runs over them.</summary>
    IReadOnlyDictionary<PanelInstructions.Operand, int> CountUses()
    {
        EmitBody();
        return _instructions.Uses;
    }

    public override string Name =>
        $"{typeof(TPanel).Name.Replace("Panel", "", StringComparison.Ordinal)} x {_tokens}{(_interleaved == _tokens ? "" : $" of {_interleaved}")}, {_level.ToString().ToLowerInvariant()}";

    static int SegmentsPerGroup => TPanel.ScalesPerGroup;

    static int QuadsPerSegment => GroupSize / 4 / SegmentsPerGroup;

    static int ZeroPoint => TPanel.SignedCodes ? SignedZeroPoint : TPanel.ZeroPoint;

    protected override void EmitBody()
    {
        PanelInstructions.Current = _instructions;
        LoadArguments<PanelProductArguments>(
            (Panel, nameof(PanelProductArguments.Panel)), (Quants, nameof(PanelProductArguments.Quants)),
            (Scales, nameof(PanelProductArguments.Scales)), (Sums, nameof(PanelProductArguments.NegatedSums)),
            (Corrections, nameof(PanelProductArguments.Corrections)), (Blocks, nameof(PanelProductArguments.Blocks)),
            (Output, nameof(PanelProductArguments.Output)), (OutputStride, nameof(PanelProductArguments.OutputStride)));
        ClearSums();

        var nextBlock = Code.CreateLabel();
        Code.Label(ref nextBlock);
        for (var group = 0; group < TPanel.WeightsPerBlock / GroupSize; group++)
        {
            EmitPrefetches(group);
            for (var part = 0; part < _instructions.Parts; part++)
                for (var segment = 0; segment < SegmentsPerGroup; segment++) EmitSegment(part, group, segment);
            Advance(_interleaved);                       // to the next block
        }
        Code.add(Panel, TPanel.BytesPerPanelBlock);
        Code.dec(Blocks);
        Code.jnz(nextBlock);

        StoreSums();
    }

    void ClearSums()
    {
        foreach (var sum in _sums ?? []) _instructions.Clear(sum);
        if (_sums is not null) return;
        Code.mov(StackBefore, rsp);
        Code.sub(rsp, SumBytes * _tokens);
        Code.and(rsp, -SumBytes);
        var zero = _instructions.Take();
        _instructions.Clear(zero);
        for (var token = 0; token < _tokens; token++)
            for (var part = 0; part < _instructions.Parts; part++) _instructions.Store(SumInMemory(rsp, part, token), zero);
        _instructions.GiveBack(zero);
    }

    void StoreSums()
    {
        for (var token = 0; token < _tokens; token++)
        {
            for (var part = 0; part < _instructions.Parts; part++)
            {
                var target = Output + part * PartBytes;
                if (_sums is not null)
                {
                    _instructions.Store(target, Sum(part, token));
                    continue;
                }
                var sum = _instructions.Take();
                _instructions.Load(sum, SumInMemory(rsp, part, token));
                _instructions.Store(target, sum);
                _instructions.GiveBack(sum);
            }
            Code.add(Output, OutputStride);
        }
        if (_sums is null) Code.mov(rsp, StackBefore);
    }

    int PartBytes => SumBytes / _instructions.Parts;

    int Sum(int part, int token) => _sums![token * _instructions.Parts + part];

    AssemblerMemoryOperand SumInMemory(AssemblerRegister64 sums, int part, int token) => sums + (token * SumBytes + part * PartBytes);

    /// <summary>Each group asks for its share of a block's cache lines: more at once than the core has line buffers would wait for each other.</summary>
    void EmitPrefetches(int group)
    {
        var (lines, groups) = ((TPanel.BytesPerPanelBlock + CacheLine - 1) / CacheLine, TPanel.WeightsPerBlock / GroupSize);
        for (var line = lines * group / groups; line < lines * (group + 1) / groups; line++)
            Code.prefetcht0(__byte_ptr[Panel + (PrefetchBytes + line * CacheLine)]);
    }

    void EmitSegment(int part, int group, int segment)
    {
        _instructions.Part = part;
        var scale = _instructions.InRegister(TPanel.Scale<SymbolicRegister>((byte*)null, group, segment));
        var minimum = TPanel.HasMinimum ? _instructions.InRegister(TPanel.Minimum<SymbolicRegister>((byte*)null, group, segment)) : default;
        var codes = new SymbolicRegister[QuadsPerSegment];
        for (var quad = 0; quad < codes.Length; quad++) codes[quad] = Codes(group, segment * QuadsPerSegment + quad);
        _instructions.ReleaseHeld();

        var decoded = new Decoded(part, segment, codes, scale.Value, minimum.Value);
        if (_sums is not null) UnrollTokens(decoded);
        else LoopOverTokens(decoded);

        _instructions.GiveBack(scale);
        if (TPanel.HasMinimum) _instructions.GiveBack(minimum);
        foreach (var code in codes) _instructions.GiveBack(code);
    }

    /// <summary>A segment of a part of the rows, in registers.</summary>
    readonly record struct Decoded(int Part, int Segment, SymbolicRegister[] Codes, int Scale, int Minimum);

    void UnrollTokens(Decoded weights)
    {
        var atOnce = EvenParts(_tokens, _instructions.FreeCount);
        for (var first = 0; first < _tokens; first += atOnce) EmitTokens(weights, first, Math.Min(atOnce, _tokens - first));
    }

    /// <summary>Sums in memory can be indexed: a loop keeps the code, which repeats for each group of a block, in the first-level cache.</summary>
    void LoopOverTokens(Decoded weights)
    {
        var atOnce = Math.Min(_tokens, TokensInLoop);
        var (parts, rest) = Math.DivRem(_tokens, atOnce);
        var nextPart = Code.CreateLabel();
        Code.mov(TokenSums, rsp);
        Code.mov(Parts, parts);
        Code.Label(ref nextPart);
        EmitTokens(weights, 0, atOnce);
        Advance(atOnce);
        Code.add(TokenSums, atOnce * SumBytes);
        Code.dec(Parts);
        Code.jnz(nextPart);
        if (rest > 0) EmitTokens(weights, 0, rest);
        Advance(-parts * atOnce);
    }

    /// <summary>Moves the pointers to the activations by a number of tokens of the same block.</summary>
    void Advance(int tokens)
    {
        Code.add(Quants, tokens * GroupSize);
        Code.add(Scales, tokens * sizeof(float));
        if (ZeroPoint != 0) Code.add(Sums, tokens * Activations.SumsPerBlock * sizeof(int));
        if (TPanel.HasMinimum) Code.add(Corrections, tokens * Activations.SumsPerBlock * sizeof(float));
    }

    SymbolicRegister Codes(int group, int quad)
    {
        var codes = TPanel.Codes<SymbolicRegister>((byte*)null, group, quad);
        return _instructions.InRegister(TPanel.SignedCodes
            ? _instructions.Xor(codes, SymbolicRegister.Broadcast(unchecked((int)0x8080_8080)))
            : codes);
    }

    void EmitTokens(Decoded weights, int first, int count)
    {
        var dots = new int[count];
        for (var i = 0; i < count; i++) dots[i] = _instructions.Take();
        for (var i = 0; i < count; i++) Start(dots[i], first + i, weights.Segment);
        for (var quad = 0; quad < weights.Codes.Length; quad++)
        {
            for (var i = 0; i < count; i++)
                _instructions.AddProducts(dots[i], weights.Codes[quad].Value, Quants + ((first + i) * GroupSize + (weights.Segment * QuadsPerSegment + quad) * 4));
        }
        for (var i = 0; i < count; i++) AddToSum(weights, first + i, dots[i]);
        foreach (var register in dots) _instructions.GiveBack(register);
    }

    /// <summary>dot = -ZeroPoint * (sum of the activations).</summary>
    void Start(int dot, int token, int segment)
    {
        if (ZeroPoint == 0) _instructions.Clear(dot);
        else _instructions.BroadcastShifted(dot, Sums + PerSegment(token, segment), (byte)int.Log2(ZeroPoint));
    }

    void AddToSum(Decoded weights, int token, int dot)
    {
        var scale = Scales + token * sizeof(float);
        var correction = Corrections + PerSegment(token, weights.Segment);
        if (_sums is not null)
        {
            var sum = Sum(weights.Part, token);
            _instructions.AddScaled(sum, dot, weights.Scale, scale);
            if (TPanel.HasMinimum) _instructions.AddMultiple(sum, weights.Minimum, correction);
        }
        else
        {
            var sum = SumInMemory(TokenSums, weights.Part, token);
            _instructions.ScaleAndAdd(dot, weights.Scale, scale, sum);
            if (TPanel.HasMinimum) _instructions.AddMultiple(dot, weights.Minimum, correction);
            _instructions.Store(sum, dot);
        }
    }

    /// <summary>Distance of a number that there is for each half and for the whole of a group.</summary>
    static int PerSegment(int token, int segment) => (Activations.SumsPerBlock * token + (SegmentsPerGroup == 1 ? 2 : segment)) * sizeof(int);
}

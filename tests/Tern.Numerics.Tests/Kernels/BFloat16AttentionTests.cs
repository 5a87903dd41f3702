using Tern.Numerics.Kernels;

namespace Tern.Numerics.Tests.Kernels;

/// <summary>Tiles of many queries behind position 128, on processors with AVX512-BF16 and caches that are not F32.</summary>
public sealed class BFloat16AttentionTests
{
    public static bool Available => Isa.Best == IsaLevel.Vnni && CpuFeatures.Avx512BFloat16;

    const string Reason = "The processor lacks AVX512-BF16.";

    public static TheoryData<CacheType> Types => [CacheType.F16, CacheType.BF16, CacheType.Q8_0];

    [Theory(Skip = Reason, SkipUnless = nameof(Available))]
    [MemberData(nameof(Types))]
    public void Tiles_are_within_rounding_of_the_definition_and_their_bits_are_those_of_other_tiles_and_of_parts(CacheType type)
    {
        (int HeadDim, int Group, int Length, int Tokens, int Window, float Cap)[] shapes =
        [
            (64, 8, 513, 9, 0, 0), (64, 8, 640, 16, 0, 0), (64, 8, 641, 33, 0, 20), (32, 1, 700, 40, 0, 0), (16, 3, 1024, 30, 0, 0),
            (48, 4, 1025, 20, 0, 0), (80, 2, 1026, 26, 300, 0), (96, 5, 777, 12, 1, 0), (128, 7, 1150, 10, 1024, 10), (256, 8, 900, 9, 129, 0),
            (112, 3, 2100, 17, 0, 0), (64, 25, 1535, 10, 128, 0), (160, 1, 1100, 140, 70, 0),
        ];
        foreach (var (headDim, group, length, tokens, window, cap) in shapes)
        {
            if (type == CacheType.Q8_0 && headDim % 32 != 0) continue;
            using var item = new AttentionCase(type, 2, group, headDim, length, tokens, window, cap, seed: headDim + length);
            var together = item.Attend(IsaLevel.Vnni, tokens);
            item.AssertIsTheRoundedDefinition(together, "one tile");
            AttentionTests.AssertSameBits(together, item.AttendInParts(IsaLevel.Vnni, tokens), $"{item}, in parts");
            // Halves are tiles in BF16 only if they are still large enough.
            if (tokens >= 18 && (tokens / 2) * group >= 24 && length - tokens >= 128)
                AttentionTests.AssertSameBits(together, item.Attend(IsaLevel.Vnni, (tokens + 1) / 2), $"{item}, two tiles");
        }
    }

    [Theory(Skip = Reason, SkipUnless = nameof(Available))]
    [MemberData(nameof(Types))]
    public void Numbers_behind_the_last_position_do_not_matter(CacheType type)
    {
        foreach (var length in (int[])[641, 642, 655, 703])
        {
            using var item = new AttentionCase(type, 1, 8, 64, length, 20, 0, 0, seed: 26);
            var before = item.Attend(IsaLevel.Vnni, 20);
            item.Poison();
            AttentionTests.AssertSameBits(before, item.Attend(IsaLevel.Vnni, 20), $"{item}");
        }
    }

    /// <summary>Few tokens, few queries, short texts and F32 caches have the bits of the other rungs.</summary>
    [Theory(Skip = Reason, SkipUnless = nameof(Available))]
    [InlineData(CacheType.F16, 8, 8, 700, true)]
    [InlineData(CacheType.F16, 23, 1, 700, true)]
    [InlineData(CacheType.F16, 64, 8, 128, true)]
    [InlineData(CacheType.F32, 64, 8, 700, true)]
    [InlineData(CacheType.F16, 24, 1, 700, false)]
    [InlineData(CacheType.F16, 9, 8, 513, false)]
    public void What_is_small_or_F32_is_exact(CacheType type, int tokens, int group, int length, bool exact)
    {
        using var item = new AttentionCase(type, 1, group, 32, length, tokens, 0, 0, seed: 27);
        float[] compiled = item.Attend(IsaLevel.Avx512, tokens), assembled = item.Attend(IsaLevel.Vnni, tokens);
        Assert.Equal(exact, compiled.AsSpan().SequenceEqual(assembled));
    }
}

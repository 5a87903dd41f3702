using Iced.Intel;
using Tern.Numerics.Assembled;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Kernels.Panels;

namespace Tern.Numerics.Tests.Assembled;

/// <summary>What the machine code of kernels is made of. Assembling needs no processor that runs it.</summary>
public sealed class AssembledKernelsTests
{
    static readonly CpuidFeature[] Base = [CpuidFeature.INTEL8086, CpuidFeature.INTEL386, CpuidFeature.X64, CpuidFeature.SSE];

    static readonly CpuidFeature[] Narrow = [.. Base, CpuidFeature.AVX, CpuidFeature.AVX2, CpuidFeature.FMA, CpuidFeature.F16C, CpuidFeature.AVX_VNNI];

    static readonly CpuidFeature[] Wide = [.. Narrow.Except([CpuidFeature.AVX_VNNI]), CpuidFeature.AVX512F, CpuidFeature.AVX512BW, CpuidFeature.AVX512_VNNI];

    public static TheoryData<TensorType> BlockTypes =>
        [.. Enum.GetValues<TensorType>().Where(type => WeightMatrix.Supports(type) && type.ElementsPerBlock() > 1)];

    readonly struct MakeKernel(IsaLevel level, int tokens, int interleaved) : IPanelFormatVisitor<byte[]>
    {
        public byte[] Visit<TPanel>() where TPanel : struct, IPanelFormat<TPanel> => new PanelProduct<TPanel>(level, tokens, interleaved).Assemble();
    }

    /// <summary>The kernels for all numbers of tokens, alone and out of 16, without the constants behind the code.</summary>
    static IEnumerable<(string Name, List<Instruction> Instructions)> Kernels(TensorType type, IsaLevel level)
    {
        for (var tokens = 1; tokens <= Activations.MaxInterleaved; tokens++)
        {
            foreach (var interleaved in (int[])[tokens, Activations.MaxInterleaved])
                yield return ($"{type} x {tokens} of {interleaved}", Decode(PanelFormats.Visit<MakeKernel, byte[]>(type, new MakeKernel(level, tokens, interleaved))));
        }
    }

    static List<Instruction> Decode(byte[] code)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code));
        var instructions = new List<Instruction>();
        do
        {
            instructions.Add(decoder.Decode());
            Assert.False(instructions[^1].IsInvalid);
        } while (instructions[^1].Code != Code.Retnq);
        return instructions;
    }

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Kernels_for_AVX_VNNI_have_no_instruction_of_AVX_512(TensorType type)
    {
        foreach (var (name, instructions) in Kernels(type, IsaLevel.AvxVnni))
        {
            Assert.Contains(instructions, instruction => instruction.Code == Code.VEX_Vpdpbusd_ymm_ymm_ymmm256);
            foreach (var instruction in instructions)
            {
                Assert.True(instruction.Encoding is EncodingKind.Legacy or EncodingKind.VEX, $"{name}: {instruction} is encoded in {instruction.Encoding}");
                AssertWithin(Narrow, instruction, name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Kernels_for_AVX512_VNNI_need_no_more_than_the_rung_asks_for(TensorType type)
    {
        foreach (var (name, instructions) in Kernels(type, IsaLevel.Vnni))
        {
            Assert.Contains(instructions, instruction => instruction.Code == Code.EVEX_Vpdpbusd_zmm_k1z_zmm_zmmm512b32);
            foreach (var instruction in instructions) AssertWithin(Wide, instruction, name);
        }
    }

    static void AssertWithin(CpuidFeature[] features, Instruction instruction, string name)
    {
        foreach (var feature in instruction.CpuidFeatures)
            Assert.True(features.Contains(feature), $"{name}: {instruction} needs {feature}");
    }

    [Fact]
    public void Kernels_of_floats_and_of_lower_rungs_are_compiled()
    {
        foreach (var type in Enum.GetValues<TensorType>().Where(WeightMatrix.Supports))
        {
            foreach (var level in (IsaLevel[])[IsaLevel.Scalar, IsaLevel.Avx2, IsaLevel.Avx512]) Assert.Null(AssembledKernels.Assemble(level, type, 1));
            Assert.Equal(type.ElementsPerBlock() > 1, AssembledKernels.Assemble(IsaLevel.AvxVnni, type, 1) is not null);
            Assert.Equal(type != TensorType.F32, AssembledKernels.Assemble(IsaLevel.Vnni, type, 1) is not null);
        }
    }
}

using Tern.Numerics.Assembled;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Memory;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Tests.Assembled;

public sealed unsafe class ExecutableCodeTests
{
    /// <summary>mov eax, 42; ret.</summary>
    static ReadOnlySpan<byte> FortyTwo => [0xB8, 42, 0, 0, 0, 0xC3];

    static ExecutableCode Make()
    {
        if (!AssembledKernels.Allowed) Assert.Skip("no executable memory on this system, or no x64");
        return ExecutableCode.TryCreate(FortyTwo)!;
    }

    [Fact]
    public void Code_runs()
    {
        using var code = Make();
        Assert.Equal(42, ((delegate* unmanaged<int>)code.Entry)());
    }

    [Fact]
    public void No_page_is_writable_and_executable_and_disposing_unmaps()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("reads /proc/self/maps");
        // Another thread may map something there at once, so one of a few tries must find the place empty.
        var unmapped = false;
        for (var attempt = 0; attempt < 20 && !unmapped; attempt++)
        {
            var code = Make();
            var address = (ulong)code.Entry;
            Assert.Equal("r-xp", RightsAt(address));
            code.Dispose();
            unmapped = RightsAt(address) is null;
            Assert.Throws<ObjectDisposedException>(() => _ = (nint)code.Entry);
        }
        Assert.True(unmapped);
    }

    [Fact]
    public void Refused_memory_is_no_code()
    {
        using (Make()) { }                         // compiled before anything is refused
        var (filtered, code) = (false, (ExecutableCode?)null);
        var thread = new Thread(() =>
        {
            filtered = ExecutionFilter.TryRefuseOnThisThread();
            if (filtered) code = ExecutableCode.TryCreate(FortyTwo);
        });
        thread.Start();
        thread.Join();
        if (!filtered) Assert.Skip("the system has no filters of system calls for x64");
        Assert.Null(code);
        using var again = Make();                  // other threads are not concerned
        Assert.Equal(42, ((delegate* unmanaged<int>)again.Entry)());
    }

    [Theory]
    [InlineData("vpdpbusd")]
    [InlineData("vdpbf16ps")]
    public void A_peak_is_measured_by_the_products_it_counts_alone(string instruction)
    {
        var peak = instruction == "vpdpbusd" ? ProductPeak.Bytes : ProductPeak.BFloat16;
        if (peak is null) Assert.Skip($"the processor has no {instruction}, or there is no executable memory");
        var products = (instruction == "vpdpbusd" ? 4 : 2) * (Isa.Best == IsaLevel.Vnni ? 16 : 8);
        peak.Run(1);
        var code = AssembledKernels.List().Single(kernel => kernel.Name == $"peak of {instruction}").Code;
        var emitted = AssembledKernels.Disassemble(code).Split('\n').Count(line => line.Contains(instruction, StringComparison.Ordinal));
        Assert.Equal(peak.OperationsPerRound, 2 * products * emitted);          // as many additions as products
        Assert.Throws<ArgumentOutOfRangeException>(() => peak.Run(0));
    }

    [Fact]
    public void The_kernels_of_the_process_stay_executable_only()
    {
        if (!Isa.Available.Contains(IsaLevel.Vnni) || !OperatingSystem.IsLinux()) Assert.Skip("the processor has no AVX512-VNNI, or /proc/self/maps is missing");
        using var team = new WorkerTeam(1);
        using var data = new NativeBuffer(16 * 18);
        data.Clear();
        using var matrix = WeightMatrix.Create(TensorType.Q4_0, data.Pointer, 16, 32, team, IsaLevel.Vnni);
        using var x = new Activations(1, 32);
        x.Resize(1, 32);
        new Span<float>(x.Values, 32).Clear();
        VectorKernels.For(IsaLevel.Vnni).Prepare(x, 0, 1, matrix.Reads(1));
        var y = stackalloc float[16];
        matrix.MultiplyUnits(x, y, 16, 0, 1);
        Assert.Contains(AssembledKernels.List(), kernel => kernel.Name == "Q4_0 x 1, vnni");
        // The runtime's own compiler maps its code twice, so only our pages are looked at.
        foreach (var entry in AssembledKernels.Entries()) Assert.Equal("r-xp", RightsAt((ulong)entry));
    }

    static string? RightsAt(ulong address)
    {
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var words = line.Split(' ');
            var range = words[0].Split('-');
            if (Convert.ToUInt64(range[0], 16) <= address && address < Convert.ToUInt64(range[1], 16)) return words[1];
        }
        return null;
    }
}

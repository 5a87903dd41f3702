using Tern.Numerics.Memory;

namespace Tern.Numerics.Tests.Memory;

public sealed unsafe class NativeBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(4097)]
    [InlineData((4 << 20) - 1)]
    [InlineData(4 << 20)]
    [InlineData((5 << 20) + 3)]
    public void A_buffer_is_aligned_and_writable_to_its_last_byte(long length)
    {
        using var buffer = new NativeBuffer(length);
        Assert.Equal(length, buffer.ByteLength);
        Assert.Equal(0, (nint)buffer.Pointer % (length >= 4 << 20 ? 2 << 20 : 64));
        if (length == 0) return;
        buffer.Pointer[0] = 1;
        buffer.Pointer[length - 1] = 2;
        buffer.Clear();
        Assert.False(new ReadOnlySpan<byte>(buffer.Pointer, (int)length).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_large_reserve_costs_nothing_until_it_is_touched()
    {
        // More than the machine has. Systems that do not overcommit refuse, and say so.
        try
        {
            using var buffer = new NativeBuffer(1L << 40);
            buffer.Pointer[1L << 39] = 1;
            Assert.Equal(1, buffer.Pointer[1L << 39]);
        }
        catch (OutOfMemoryException)
        {
        }
    }

    [Fact]
    public void A_disposed_buffer_is_refused_and_disposing_twice_is_fine()
    {
        var buffer = new NativeBuffer(100);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { _ = buffer.Pointer; });
        Assert.Throws<ObjectDisposedException>(buffer.Clear);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Negative_lengths_are_refused(long length) => Assert.Throws<ArgumentOutOfRangeException>(() => new NativeBuffer(length));

    [Fact]
    public void A_length_that_no_machine_has_is_out_of_memory() => Assert.Throws<OutOfMemoryException>(() => new NativeBuffer(long.MaxValue));

    [Fact]
    public void Buffers_that_nobody_disposes_are_freed()
    {
        // 200 GB in all: it would not fit if the finalizer did not free it.
        for (var i = 0; i < 200; i++)
        {
            Touch();
            if (i % 10 == 9)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }

        static void Touch() => new NativeBuffer(1L << 30).Pointer[0] = 1;
    }
}

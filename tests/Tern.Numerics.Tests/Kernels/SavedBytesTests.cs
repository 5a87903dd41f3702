using Tern.Numerics.Kernels;

namespace Tern.Numerics.Tests.Kernels;

public sealed unsafe class SavedBytesTests
{
    /// <summary>Save writes whole blocks of 16 keys; lanes that nobody stored are whatever lay in the heap (seen: pointers of the process).</summary>
    [Fact]
    public void A_saved_cache_holds_nothing_but_what_was_stored()
    {
        // Heap that was used before.
        for (var i = 0; i < 50; i++)
        {
            using var dirty = new AttentionCache(1, 32, 16, CacheType.F32);
            var ones = new float[32];
            Array.Fill(ones, 1234.5f);
            fixed (float* numbers = ones) for (var position = 0; position < 16; position++) dirty.StoreKey(0, position, numbers);
        }
        using var cache = new AttentionCache(1, 32, 16, CacheType.F32);
        var zeros = new float[32];
        fixed (float* numbers = zeros)
        {
            cache.StoreKey(0, 0, numbers);
            cache.StoreValue(0, 0, numbers);
        }
        var stream = new MemoryStream();
        cache.Save(stream, 1);
        Assert.All(stream.ToArray(), value => Assert.Equal(0, value));
    }
}

using CsCheck;
using Tern.Models;
using Tern.Testing;
using Tern.Train.Data;

namespace Tern.Train.Tests.Data;

public sealed class TokenShardTests : IDisposable
{
    static readonly byte[] Hash = [.. Enumerable.Range(0, TokenShard.HashLength).Select(value => (byte)value)];

    readonly TemporaryFolder folder = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read_again_with_two_and_with_four_bytes() =>
        Gen.Select(Gen.Int[0, 65535].Array[1, 20].Array[1, 20], Gen.Bool).Sample((documents, wide) =>
        {
            var path = folder[Path.GetRandomFileName()];
            if (wide) documents[0][0] = 70_000;
            TokenShard.Write(path, documents, wide ? 70_001 : 65_536, Hash, Cancel);
            using var shard = TokenShard.Open(path);
            Assert.Equal(documents.Length, shard.Documents);
            Assert.Equal(Hash, shard.Hash.ToArray());
            for (var document = 0; document < documents.Length; document++)
            {
                var ids = new int[shard.StartOf(document + 1) - shard.StartOf(document)];
                shard.Read(shard.StartOf(document), ids);
                Assert.Equal(documents[document], ids);
            }
        }, iter: 50, threads: 1);

    [Fact]
    public void Masks_are_read_again_at_every_offset() =>
        Gen.Select(Gen.Int[0, 99], Gen.Bool).Array[1, 20].Array[1, 20].Sample(documents =>
        {
            var path = folder[Path.GetRandomFileName()];
            TokenShard.Write(path, documents.Select(document => new TokenDocument([.. document.Select(token => token.Item1)], [.. document.Select(token => token.Item2)])), 100, Hash, Cancel);
            using var shard = TokenShard.Open(path);
            Assert.True(shard.HasMask);
            bool[] all = [.. documents.SelectMany(document => document.Select(token => token.Item2))];
            for (var first = 0; first < all.Length; first++)
            {
                var learned = new bool[Math.Min(11, all.Length - first)];
                shard.ReadMask(first, learned);
                Assert.Equal(all[first..(first + learned.Length)], learned);
            }
            Assert.Throws<ArgumentOutOfRangeException>(() => shard.ReadMask(all.Length - 1, new bool[2]));
        }, iter: 50, threads: 1);

    [Fact]
    public void A_damaged_shard_is_refused_or_stays_within_its_bounds()
    {
        TokenShard.Write(folder["good"], [[1, 2, 3], [4], [5, 6, 7, 8]], 10, Hash, Cancel);
        var good = File.ReadAllBytes(folder["good"]);
        var mutations = new Mutations(seed: 1);
        var refused = 0;
        for (var i = 0; i < 2000; i++)
        {
            File.WriteAllBytes(folder["bad"], mutations.Mutate(good));
            try
            {
                using var shard = TokenShard.Open(folder["bad"]);
                shard.Read(0, new int[shard.Tokens]);
            }
            catch (TernException problem)
            {
                Assert.Contains(folder["bad"], problem.Message);
                refused++;
            }
        }
        Assert.InRange(refused, 1000, 2000);                         // flips among the ids and the hash (a third of the bytes) cannot be seen at opening
    }

    [Theory]
    [InlineData(0, "is no file of tokens")]
    [InlineData(8, "has version")]
    [InlineData(12, "bytes a token")]
    [InlineData(16, "does not fit its header")]
    [InlineData(24, "does not fit its header")]
    [InlineData(80, "do not cover")]
    [InlineData(88, "ends before it begins")]
    public void The_message_names_the_damage(int offset, string message)
    {
        TokenShard.Write(folder["shard"], [[1, 2, 3], [4, 5, 6, 7, 8]], 10, Hash, Cancel);   // 64 + 8 * 2 bytes, then starts 0, 3, 8
        var bytes = File.ReadAllBytes(folder["shard"]);
        bytes[offset] = offset switch { 16 => 9, 24 => 1, 80 => 1, 88 => 8, _ => 77 };
        if (offset == 16) bytes[16] = 3;
        File.WriteAllBytes(folder["shard"], bytes);
        Assert.Contains(message, Assert.Throws<ModelFormatException>(() => TokenShard.Open(folder["shard"])).Message);
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        TokenShard.Write(folder["shard"], [[1, 2, 3]], 10, Hash, Cancel);
        var bytes = File.ReadAllBytes(folder["shard"]);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(folder["cut"], bytes[..length]);
            Assert.Throws<ModelFormatException>(() => TokenShard.Open(folder["cut"]));
        }
    }

    [Fact]
    public void An_id_outside_the_vocabulary_is_not_written_and_leaves_no_file()
    {
        Assert.Throws<TernException>(() => TokenShard.Write(folder["shard"], [[1, 10]], 10, Hash, Cancel));
        Assert.Throws<TernException>(() => TokenShard.Write(folder["shard"], Array.Empty<int[]>(), 10, Hash, Cancel));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}

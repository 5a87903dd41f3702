using System.Buffers.Binary;
using System.Text;
using Tern.Testing;
using Tern.Train.Metrics;
using static Tern.Train.Tests.Metrics.MetricsLines;

namespace Tern.Train.Tests.Metrics;

public sealed class TensorBoardEventsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    byte[] OnlyFile() => File.ReadAllBytes(Assert.Single(Directory.GetFiles(_folder.Path, "events.out.tfevents.*")));

    /// <summary>The first 12 bytes of every event file that TensorFlow writes: the length 24 and its masked CRC.</summary>
    [Fact]
    public void The_file_begins_like_every_event_file()
    {
        TensorBoardEvents.Open(_folder.Path).Dispose();

        Assert.Equal("1800000000000000A37F4B22", Convert.ToHexString(OnlyFile().AsSpan(0, 12)));
        var fields = Fields(Assert.Single(Records(OnlyFile())));
        Assert.Equal("brain.Event:2", Encoding.UTF8.GetString((byte[])fields[1].Value));
    }

    [Fact]
    public void Scalars_are_read_back_with_their_steps_and_times()
    {
        using (var events = TensorBoardEvents.Open(_folder.Path, clock: new FixedClock(1_700_000_000.5)))
        {
            events.Write(Interval(300, loss: 2));
            events.Write(HeldOut(300, 1.25));
        }
        var records = Records(OnlyFile());

        Assert.Equal(3, records.Count);
        Assert.Equal((1, (object)1_700_000_000.5), Fields(records[1])[0]);
        Assert.Equal((2, (object)300L), Fields(records[1])[1]);
        Assert.Equal(
            [("loss", 2f), ("perplexity", MathF.Exp(2)), ("learning_rate", (float)(1e-3 / 300)), ("gradient_norm", 0.5f), ("tokens_per_second", 12_345.678f), ("flops_per_second", 1e12f), ("mfu", 0.25f)],
            Scalars(records[1]));
        Assert.Equal([("held_out_loss", 1.25f)], Scalars(records[2]));
    }

    /// <summary>SessionLog.START = 1 in field 7 of the event: TensorBoard drops earlier events from this step on.</summary>
    [Fact]
    public void A_run_that_goes_on_begins_a_second_file_which_takes_later_steps_back()
    {
        var clock = new FixedClock(1_700_000_000);
        TensorBoardEvents.Open(_folder.Path, clock: clock).Dispose();
        TensorBoardEvents.Open(_folder.Path, step: 40, clock).Dispose();

        var files = Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, files.Count);
        var start = Fields(Records(File.ReadAllBytes(files[1]))[1]);
        Assert.Equal((2, (object)41L), start[1]);
        Assert.Equal(7, start[2].Number);
        Assert.Equal([(1, (object)1L)], Fields((byte[])start[2].Value));
    }

    static List<(string Tag, float Value)> Scalars(byte[] record) =>
    [
        .. Fields((byte[])Fields(record).Single(field => field.Number == 5).Value)
            .Select(value => Fields((byte[])value.Value))
            .Select(value => (Encoding.UTF8.GetString((byte[])value[0].Value), (float)value[1].Value)),
    ];

    /// <summary>Takes the frames apart and checks both sums of each.</summary>
    static List<byte[]> Records(ReadOnlySpan<byte> file)
    {
        var records = new List<byte[]>();
        while (!file.IsEmpty)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
            Assert.Equal(MaskedCrc(file[..8]), BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
            Assert.Equal(MaskedCrc(file.Slice(12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file[(12 + length)..]));
            records.Add(file.Slice(12, length).ToArray());
            file = file[(16 + length)..];
        }
        return records;
    }

    /// <summary>CRC-32C bit by bit, from its reflected polynomial.</summary>
    static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
        }
        crc = ~crc;
        return (crc >> 15 | crc << 17) + 0xa282ead8;
    }

    static List<(int Number, object Value)> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new List<(int, object)>();
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            var length = (tag & 7) switch { 0UL => 0, 1 => 8, 2 => (int)Varint(ref message), 5 => 4, _ => throw new InvalidDataException($"wire type {tag & 7}") };
            fields.Add(((int)(tag >> 3), (tag & 7) switch
            {
                0 => (long)Varint(ref message),
                1 => BinaryPrimitives.ReadDoubleLittleEndian(message),
                5 => BinaryPrimitives.ReadSingleLittleEndian(message),
                _ => message[..length].ToArray(),
            }));
            message = message[length..];
        }
        return fields;
    }

    static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }

    sealed class FixedClock(double seconds) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
    }
}

namespace Tern.Models.Gguf;

/// <summary>Lets exactly the announced number of bytes of one tensor through; leaves the stream below open.</summary>
sealed class CountedStream(Stream below, string tensor, long expected) : Stream
{
    long written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => written;

    public override long Position { get => written; set => throw new NotSupportedException(); }

    public void CheckComplete()
    {
        if (written != expected) throw new InvalidOperationException($"the tensor '{tensor}' was written with {written} of {expected} bytes");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > expected - written) throw new InvalidOperationException($"the tensor '{tensor}' was written with more than its {expected} bytes");
        below.Write(buffer);
        written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => below.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

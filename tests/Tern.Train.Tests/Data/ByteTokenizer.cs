using System.Text;
using Tern.Models.Tokenizers;

namespace Tern.Train.Tests.Data;

/// <summary>Every byte is a token; 256 ends texts. The ids of a text can be written down by hand.</summary>
sealed class ByteTokenizer(int vocabSize = 257) : Tokenizer
{
    public const int EndOfText = 256;

    public override int VocabSize => vocabSize;

    public override int[] Encode(string text, bool addSpecial = true, bool parseSpecial = false) => Array.ConvertAll(Encoding.UTF8.GetBytes(text), value => (int)value);

    public override ReadOnlyMemory<byte> BytesOf(int id) => new byte[] { (byte)id };

    public override string PieceOf(int id) => $"<{id}>";

    public override int? IdOf(string piece) => null;

    public override bool IsSpecial(int id) => id >= EndOfText;

    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true) => Encoding.UTF8.GetString([.. ids.ToArray().Where(id => id < EndOfText).Select(id => (byte)id)]);
}

using System.Text;
using Tern.Models.Safetensors;
using Tern.Models.Templates;
using Tern.Models.Tokenizers;
using Tern.Numerics.Formats;

namespace Tern.Models.Tests.Fuzzing;

/// <content>Tokenizers, settings and templates.</content>
public sealed partial class FuzzTargets
{
    /// <summary>Stands between the two files of GPT-2 in one input.</summary>
    const byte FileSeparator = 0x1E;

    static readonly string[] GenerationConfigurations =
    [
        """{"bos_token_id":1,"eos_token_id":[2,32000],"pad_token_id":0,"temperature":0.6,"top_p":0.9,"do_sample":true}""",
        """{"_from_model_config":true,"bos_token_id":1,"eos_token_id":2,"transformers_version":"4.44.0"}""",
    ];

    static readonly string[] TokenizerConfigurations =
    [
        """{"add_bos_token":true,"add_eos_token":false,"added_tokens_decoder":{"0":{"content":"<unk>","special":true},"1":{"content":"<s>","lstrip":false,"special":true}},"bos_token":"<s>","eos_token":"</s>","tokenizer_class":"LlamaTokenizer"}""",
        """{"bos_token":{"__type":"AddedToken","content":"<s>","lstrip":false},"eos_token":null,"pad_token":"</s>","add_prefix_space":true}""",
    ];

    static readonly string[] ChatTemplates =
    [
        "{% for m in messages %}{{ '<|' + m['role'] + '|>\\n' + m.content | trim }}{% if not loop.last %}{{ eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}",
        "{%- macro show(x, n=3) -%}{{ x[:n] ~ x[-1:] }}{%- endmacro -%}{%- set ns = namespace(i=0, found=false) -%}{%- for m in messages if m.role != 'system' -%}{%- set ns.i = ns.i + 1 -%}{{ show(m.content) }}{{ ns.i % 2 == 0 and 'even' or 'odd' }}{%- endfor -%}",
        "{% if tools is defined and tools %}{{ tools | tojson(indent=2) }}{% else %}{{ messages | map(attribute='role') | join(',') | upper }}{% endif %}{{ raise_exception('no') if messages | length > 9 else [1, 2.5, -3] | sum }}{{ 'a' ~ 'b' }}{{ {'k': [1, {'z': none}]}.items() | list }}",
        "{{ range(3) | list }}{{ 'abc'.split('b') }}{{ 7 // 2 * 3 ** 2 - -1 }}{{ (messages | first).content.startswith('H') }}{{ strftime_now('%Y') | length }}{% set x %}block{% endset %}{{ x | replace('b', 'B') }}",
    ];

    static readonly ChatTurn[] Conversation = [new("system", "Be brief."), new("user", "Hello"), new("assistant", "Hello!"), new("user", "a ü 🦙")];

    static void RenderTemplate(byte[] source) => ChatTemplate.Parse(Encoding.UTF8.GetString(source)).Render(
        Conversation, addGenerationPrompt: true, "<s>", "</s>", extra: null, TemplateLimits.Default with { Length = 4 << 20 }, TimeProvider.System);

    static void UseTokenizer(Tokenizer tokenizer)
    {
        var ids = tokenizer.Encode("a <b>ab  <s>ü", parseSpecial: true);
        foreach (var id in ids)
            if ((uint)id >= (uint)tokenizer.VocabSize) throw new InvalidOperationException($"token {id} of {tokenizer.VocabSize}");
        tokenizer.Decode(ids);
    }

    static byte[] Gpt2Files =>
        [.. """{"<|endoftext|>":0,"a":1,"b":2,"Ġ":3,"ab":4,"Ġab":5,"<":6,">":7,"Ġ<":8,"s":9,"Ã":10,"¼":11}"""u8, FileSeparator, .. "#version: 0.2\na b\nĠ ab\nĠ <\n"u8];

    PipelineTokenizer ReadGpt2(byte[] input)
    {
        var separator = Array.IndexOf(input, FileSeparator);
        var (vocabulary, merges) = separator < 0 ? (input, []) : (input[..separator], input[(separator + 1)..]);
        return TokenizerFiles.LoadGpt2(StoreAs("gpt2/vocab.json", vocabulary), StoreAs("gpt2/merges.txt", merges));
    }

    byte[] ShardsIndex()
    {
        foreach (var (file, tensor) in ((string, string)[])[("m-1.safetensors", "a"), ("m-2.safetensors", "b")])
            SafetensorsWriter.Write(StoreAs($"shards/{file}", []), [new(tensor, TensorType.F32, [2], stream => stream.Write(new byte[8]))]);
        return """{"metadata":{"total_size":16},"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}"""u8.ToArray();
    }

    /// <summary>A file of sentencepiece_model.proto: ModelProto { pieces = 1, trainer_spec = 2, normalizer_spec = 3 }.</summary>
    static byte[] SentencePieceBytes(bool unigram)
    {
        const int unknown = 2, control = 3, userDefined = 4, byteKind = 6, normal = 1;
        (string Piece, int Kind)[] pieces =
        [
            ("<unk>", unknown), ("<s>", control), ("</s>", control), .. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", byteKind)),
            ("\u2581", normal), ("a", normal), ("b", normal), ("ab", normal), ("\u2581a", normal), ("<b>", userDefined),
        ];
        var model = new MemoryStream();
        for (var id = 0; id < pieces.Length; id++)
        {
            var piece = new MemoryStream();
            WriteBytes(piece, 1, Encoding.UTF8.GetBytes(pieces[id].Piece));
            piece.WriteByte(2 << 3 | 5);
            piece.Write(BitConverter.GetBytes(-0.5f * id));
            WriteNumber(piece, 3, pieces[id].Kind);
            WriteBytes(model, 1, piece.ToArray());
        }
        var trainer = new MemoryStream();
        WriteNumber(trainer, 3, unigram ? 1 : 2);
        WriteNumber(trainer, 35, 1);
        WriteNumber(trainer, 41, 1);
        WriteNumber(trainer, 42, 2);
        WriteBytes(model, 2, trainer.ToArray());
        var normalizer = new MemoryStream();
        WriteBytes(normalizer, 1, "nmt_nfkc"u8);
        // A double array of one unit, and the replacement "a".
        if (unigram) WriteBytes(normalizer, 2, [4, 0, 0, 0, 0, 0, 0, 0, (byte)'a', 0]);
        WriteNumber(normalizer, 3, 1);
        WriteNumber(normalizer, 4, unigram ? 1 : 0);
        WriteBytes(model, 3, normalizer.ToArray());
        return model.ToArray();
    }

    static void WriteNumber(MemoryStream stream, int field, int value)
    {
        WriteVarint(stream, field << 3);
        WriteVarint(stream, value);
    }

    static void WriteBytes(MemoryStream stream, int field, ReadOnlySpan<byte> bytes)
    {
        WriteVarint(stream, field << 3 | 2);
        WriteVarint(stream, bytes.Length);
        stream.Write(bytes);
    }

    static void WriteVarint(MemoryStream stream, int value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }
}

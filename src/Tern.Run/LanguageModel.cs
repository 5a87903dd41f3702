using Tern.Models;
using Tern.Models.Configs;
using Tern.Models.Tokenizers;
using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;
using Tern.Run.Architectures;
using Tern.Run.Constraints;
using Tern.Run.Layers;
using Tern.Run.Weights;

namespace Tern.Run;

/// <summary>
/// A language model in memory, ready to run: <c>Load</c>, <c>CreateSequence</c>, <c>Forward</c>. One forward pass runs at a time; calls from
/// several threads wait for each other.
/// </summary>
public sealed unsafe class LanguageModel : IDisposable
{
    readonly ModelOnDisk _files;
    readonly WorkerTeam _team;
    readonly WeightLoader _weights;
    readonly DecoderModel _model;
    readonly ForwardPass _pass;
    readonly Lock _lock = new();
    readonly int[] _rowTokens;
    readonly Lazy<TokenTrie> _trie;

    LanguageModel(ModelOnDisk files, LoadOptions options)
    {
        _files = files;
        _team = new WorkerTeam(options.Threads);
        _weights = new WeightLoader(files, _team, options.Level);
        try
        {
            _model = Architecture.Build(files.Config, _weights);
        }
        catch
        {
            _weights.Dispose();
            _team.Dispose();
            throw;
        }
        _pass = new ForwardPass(_model, _team, options.Level, options.MaxBatch);
        _rowTokens = new int[options.MaxBatch];
        StopTokens = Models.Tokenizers.StopTokens.Of(files.Config, files.Tokenizer);
        _trie = new Lazy<TokenTrie>(() => new TokenTrie(Tokenizer.VocabSize, id => Tokenizer.IsSpecial(id) ? null : Tokenizer.BytesOf(id)));
    }

    /// <summary>Opens a model: a Hugging Face folder, a .safetensors, .gguf or llama2.c .bin file.</summary>
    /// <exception cref="TernException">The files cannot be read or do not describe a supported model.</exception>
    public static LanguageModel Load(string path, LoadOptions? options = null)
    {
        var files = ModelOnDisk.Open(path);
        try
        {
            return new LanguageModel(files, options ?? new LoadOptions());
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public ModelOnDisk Files => _files;

    public ModelConfig Config => _files.Config;

    /// <exception cref="TernException">The model came without a tokenizer.</exception>
    public Tokenizer Tokenizer => _files.Tokenizer ?? throw new TernException(
        $"{_files.Path}: no tokenizer was found. Put tokenizer.json, tokenizer.model or a tok*.bin beside the model.");

    /// <summary>The tokens that end a text or a turn.</summary>
    public IReadOnlyList<int> StopTokens { get; }

    /// <summary>The vocabulary as constraints need it; built when it is first asked for.</summary>
    /// <exception cref="TernException">The model came without a tokenizer.</exception>
    public TokenTrie Trie => _trie.Value;

    /// <summary>Most tokens that go through the layers at once.</summary>
    public int MaxBatch => _rowTokens.Length;

    public int Threads => _team.Threads;

    /// <summary>Bytes of weights that decoding one token reads.</summary>
    public long BytesPerToken => _model.Head.Matrix.ByteLength + _model.Layers.Sum(layer =>
        layer.Query.Matrix.ByteLength + layer.Key.Matrix.ByteLength + layer.Value.Matrix.ByteLength + layer.Output.Matrix.ByteLength
        + layer.Gate.Matrix.ByteLength + layer.Up.Matrix.ByteLength + layer.Down.Matrix.ByteLength);

    /// <summary>Multiply-adds of the matrix products of one token.</summary>
    public long WeightsPerToken => (long)_model.Head.Rows * _model.Head.Columns + _model.Layers.Sum(layer =>
        Size(layer.Query) + Size(layer.Key) + Size(layer.Value) + Size(layer.Output) + Size(layer.Gate) + Size(layer.Up) + Size(layer.Down));

    static long Size(Linear linear) => (long)linear.Rows * linear.Columns;

    /// <summary>Makes an empty sequence.</summary>
    /// <param name="contextLength">Positions; 0 for what the model was trained for, at most 4096.</param>
    /// <param name="cacheType">How keys and values are kept; Q8_0 falls back to F16 where the head dimension is not a multiple of 32.</param>
    public Sequence CreateSequence(int contextLength = 0, CacheType cacheType = CacheType.F16)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(contextLength);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (contextLength == 0) contextLength = Math.Min(Config.MaxPositionEmbeddings, DefaultContextLength);
        if (cacheType == CacheType.Q8_0 && Config.HeadDim % AttentionCache.Q8Group != 0) cacheType = CacheType.F16;
        return new Sequence(_model, _team, _lock, contextLength, cacheType);
    }

    const int DefaultContextLength = 4096;

    /// <summary>Appends tokens to a sequence.</summary>
    /// <returns>The logits [vocabSize] after the last token; valid until the next call.</returns>
    public ReadOnlySpan<float> Forward(Sequence sequence, params ReadOnlySpan<int> tokens)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var logits = _pass.Space.Logits(1, Config.VocabSize);
            Run(sequence, tokens, logits);
            return new ReadOnlySpan<float>(logits, Config.VocabSize);
        }
    }

    /// <summary>Appends tokens to a sequence, with the logits in the caller's memory, where no call of another thread overwrites them.</summary>
    /// <param name="sequence">Grows by the tokens.</param>
    /// <param name="tokens">At least one.</param>
    /// <param name="logits">[vocabSize], after the last token.</param>
    public void Forward(Sequence sequence, ReadOnlySpan<int> tokens, Span<float> logits)
    {
        if (logits.Length != Config.VocabSize) throw new ArgumentException($"Expected room for {Config.VocabSize} logits, got {logits.Length}.", nameof(logits));
        lock (_lock)
            fixed (float* pinned = logits)
                Run(sequence, tokens, pinned);
    }

    void Run(Sequence sequence, ReadOnlySpan<int> tokens, float* logits)
    {
        if (tokens.IsEmpty) throw new ArgumentException("There are no tokens to run.", nameof(tokens));
        Check(sequence, tokens);
        for (var done = 0; done < tokens.Length;)
        {
            var count = Math.Min(tokens.Length - done, _pass.Space.MaxTokens);
            var part = tokens.Slice(done, count);
            FillSlots(sequence, part, 0, done + count == tokens.Length ? LogitsOf.Last : LogitsOf.None);
            _pass.Run(_rowTokens, count, logits);
            sequence.Append(part);
            done += count;
        }
    }

    /// <summary>Appends tokens to several sequences in one pass over the weights.</summary>
    /// <returns>
    /// The logits asked for, [rows, vocabSize], in the order of the items and their tokens; valid until the next call.
    /// </returns>
    /// <exception cref="TernException">A sequence has no room for its tokens, or a token is not in the vocabulary; none has grown then.</exception>
    /// <exception cref="ArgumentException">A sequence stands in the batch twice or belongs to another model.</exception>
    public Logits Forward(params ReadOnlySpan<BatchItem> items)
    {
        lock (_lock)
        {
            var rows = CheckBatch(items);
            return new Logits(RunBatch(items, rows, PassOutput.Logits, Config.VocabSize), rows, Config.VocabSize);
        }
    }

    /// <summary>
    /// Appends tokens to several sequences as <see cref="Forward(ReadOnlySpan{BatchItem})"/> does, but stops before the head: what the texts
    /// mean to the model, for embeddings and classifiers.
    /// </summary>
    /// <returns>The output of the final norm where logits are asked for, [rows, hiddenSize]; valid until the next call.</returns>
    /// <inheritdoc cref="Forward(ReadOnlySpan{BatchItem})" path="/exception"/>
    public HiddenStates HiddenStates(params ReadOnlySpan<BatchItem> items)
    {
        lock (_lock)
        {
            var rows = CheckBatch(items);
            return new HiddenStates(RunBatch(items, rows, PassOutput.HiddenState, Config.HiddenSize), rows, Config.HiddenSize);
        }
    }

    /// <summary>As <see cref="HiddenStates(ReadOnlySpan{BatchItem})"/>, for callers beside whom other threads use the model: none runs until the states are read.</summary>
    internal void HiddenStates(ReadOnlySpan<BatchItem> items, Action<HiddenStates> read)
    {
        lock (_lock) read(HiddenStates(items));
    }

    /// <summary>The number of rows that the items ask for.</summary>
    int CheckBatch(ReadOnlySpan<BatchItem> items)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        long rows = 0;
        for (var i = 0; i < items.Length; i++)
        {
            var item = items[i];
            Check(item.Sequence, item.Tokens.Span);
            foreach (var earlier in items[..i])
                if (earlier.Sequence == item.Sequence) throw new ArgumentException("A sequence stands in the batch twice; give it all its tokens in one item.", nameof(items));
            rows += item.Logits switch { LogitsOf.All => item.Tokens.Length, LogitsOf.Last => Math.Min(1, item.Tokens.Length), _ => 0 };
        }
        return checked((int)rows);
    }

    float* RunBatch(ReadOnlySpan<BatchItem> items, int rows, PassOutput kind, int width)
    {
        var output = _pass.Space.Logits(rows, width);
        var written = 0L;
        var filled = 0;
        foreach (var item in items)
        {
            for (var done = 0; done < item.Tokens.Length;)
            {
                if (filled == _pass.Space.MaxTokens) Flush();
                var count = Math.Min(item.Tokens.Length - done, _pass.Space.MaxTokens - filled);
                var part = item.Tokens.Span.Slice(done, count);
                done += count;
                FillSlots(item.Sequence, part, filled, item.Logits == LogitsOf.Last && done < item.Tokens.Length ? LogitsOf.None : item.Logits);
                item.Sequence.Append(part);
                filled += count;
            }
        }
        Flush();
        return output;

        void Flush()
        {
            if (filled > 0) written += _pass.Run(_rowTokens, filled, output + written * width, kind);
            filled = 0;
        }
    }

    void FillSlots(Sequence sequence, ReadOnlySpan<int> tokens, int start, LogitsOf wanted)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            _rowTokens[start + i] = tokens[i];
            _pass.Space.Slots[start + i] = new TokenSlot(
                sequence, sequence.Length + i, wanted == LogitsOf.All || (wanted == LogitsOf.Last && i == tokens.Length - 1));
        }
    }

    void Check(Sequence sequence, ReadOnlySpan<int> tokens)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        sequence.ThrowIfNotOf(_model);
        if (sequence.Length + tokens.Length > sequence.ContextLength)
        {
            throw new TernException(
                $"{sequence.Length + tokens.Length} tokens do not fit into the context of {sequence.ContextLength}. Shorten the prompt or use a longer context (-c).");
        }
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)Config.VocabSize)
                throw new TernException($"Token {token} is not in the model's vocabulary of {Config.VocabSize}: the tokenizer does not fit the model.");
        }
    }

    bool _disposed;

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        _pass.Dispose();
        _model.Dispose();
        _weights.Dispose();
        _team.Dispose();
        _files.Dispose();
    }
}

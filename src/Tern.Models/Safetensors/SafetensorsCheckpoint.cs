using Tern.Models.Files;

namespace Tern.Models.Safetensors;

/// <summary>
/// The tensors of one safetensors file, or of a folder of shards with model.safetensors.index.json. Nothing is copied:
/// each tensor is a view of its mapped file.
/// </summary>
public sealed unsafe class SafetensorsCheckpoint : Checkpoint
{
    public const string SingleFileName = "model.safetensors";

    public const string IndexFileName = "model.safetensors.index.json";

    readonly string path;
    readonly List<MappedFile> files = [];
    readonly List<Tensor> tensors = [];
    readonly Dictionary<string, int> indices = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    readonly Func<string, string> rename;

    SafetensorsCheckpoint(string path, Func<string, string>? rename)
    {
        this.path = path;
        this.rename = rename ?? (name => name);
    }

    public override IReadOnlyList<Tensor> Tensors => tensors;

    public override IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens a .safetensors file, an index of shards, or a folder that holds one of the two.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="rename">From the names of the file to those of the text model (for models inside larger ones); null to keep them.</param>
    /// <exception cref="TernException">A file is missing, damaged, or the shards do not fit their index.</exception>
    public static SafetensorsCheckpoint Open(string path, Func<string, string>? rename = null)
    {
        if (Directory.Exists(path)) path = FindIn(path);
        var checkpoint = new SafetensorsCheckpoint(path, rename);
        try
        {
            if (path.EndsWith(".index.json", StringComparison.Ordinal)) checkpoint.AddShards(SafetensorsIndex.Read(path));
            else checkpoint.Add(path, null);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    public override bool TryGet(string name, out Tensor tensor)
    {
        var found = indices.TryGetValue(name, out var index);
        tensor = found ? tensors[index] : default;
        return found;
    }

    public override Tensor this[string name] => TryGet(name, out var tensor) ? tensor : throw new TernException($"{path}: there is no tensor '{name}'.");

    static string FindIn(string folder)
    {
        // A single complete file wins over an index, as in transformers.
        foreach (var name in (ReadOnlySpan<string>)[SingleFileName, IndexFileName])
        {
            var candidate = Path.Combine(folder, name);
            if (File.Exists(candidate)) return candidate;
        }
        var others = Directory.GetFiles(folder, "*.safetensors");
        if (others.Length == 1) return others[0];
        if (others.Length > 1) throw new TernException($"{folder}: there are {others.Length} safetensors files but no {IndexFileName} that says how they belong together.");
        var pickles = Directory.GetFiles(folder, "pytorch_model*.bin").Length + Directory.GetFiles(folder, "*.pth").Length;
        throw new TernException(pickles > 0
            ? $"{folder}: the weights are PyTorch pickles, which Tern does not read; convert them to safetensors (in Python: model.save_pretrained(folder, safe_serialization=True))."
            : $"{folder}: there are no weights here ({SingleFileName} or {IndexFileName}).");
    }

    void AddShards(SafetensorsIndex index)
    {
        foreach (var shard in index.Shards)
        {
            var file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, shard);
            if (!File.Exists(file)) throw new TernException($"{file}: this shard is named in {Path.GetFileName(path)} but missing; fetch it.");
            Add(file, index);
        }
        foreach (var (name, shard) in index.ShardOf)
        {
            if (!indices.ContainsKey(rename(name))) throw new ModelFormatException(path, $"tensor '{name}' should be in {shard}, but no shard has it.");
        }
    }

    void Add(string file, SafetensorsIndex? index)
    {
        var mapped = MappedFile.Open(file);
        files.Add(mapped);
        var header = SafetensorsHeader.Read(mapped);
        foreach (var entry in header.Entries)
        {
            if (index is not null && index.ShardOf.TryGetValue(entry.Name, out var shard) && shard != Path.GetFileName(file))
                throw new ModelFormatException(file, $"tensor '{entry.Name}' is here, but {Path.GetFileName(path)} says it is in {shard}.");
            var name = rename(entry.Name);
            if (!indices.TryAdd(name, tensors.Count)) throw new ModelFormatException(file, $"tensor '{name}' is in two shards.");
            var length = entry.End - entry.Begin;
            tensors.Add(new Tensor(name, entry.Type, entry.Shape, mapped.At(header.DataOffset + entry.Begin, length), length));
        }
        foreach (var (key, value) in header.Metadata) metadata.TryAdd(key, value);
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var file in files) file.Dispose();
    }
}

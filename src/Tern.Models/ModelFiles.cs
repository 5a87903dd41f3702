using System.Text.Json;
using Tern.Models.Configs;
using Tern.Models.Files;
using Tern.Models.Gguf;
using Tern.Models.Llama2c;
using Tern.Models.Quantized;
using Tern.Models.Safetensors;
using Tern.Models.Tokenizers;

namespace Tern.Models;

/// <summary>Finds out what lies at a path and opens it as a model.</summary>
static class ModelFiles
{
    const string Readable = "a Hugging Face folder (config.json with safetensors), a .safetensors file beside its config.json, a GGUF file or a llama2.c .bin file";

    public static ModelOnDisk Open(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new TernException($"The name of the model is empty; expected {Readable}.");
        if (Directory.Exists(path)) return OpenFolder(path);
        if (!File.Exists(path)) throw Missing(path);
        var start = FileKind.Start(path);
        if (FileKind.LooksLikeGguf(start)) return GgufModel.Open(path);
        if (FileKind.LooksLikeSafetensors(start)) return OpenFolder(FolderOf(path), path);
        if (Llama2cHeader.Fits(start, new FileInfo(path).Length) || Llama2cHeader.IsVersioned(start)) return OpenLlama2c(path);
        if (FileKind.Problem(start) is { } problem) throw new ModelFormatException(path, problem);
        if (Path.GetFileName(path) is ModelConfigs.FileName or SafetensorsCheckpoint.IndexFileName) return OpenFolder(FolderOf(path));
        // A llama2.c file whose size is wrong deserves the message that says so.
        if (path.EndsWith(".bin", StringComparison.Ordinal)) return OpenLlama2c(path);
        throw new ModelFormatException(path, $"is not a model that Tern reads: expected {Readable}");
    }

    static ModelOnDisk OpenFolder(string folder, string? weightsFile = null)
    {
        if (!File.Exists(Path.Combine(folder, ModelConfigs.FileName))) throw WithoutConfig(folder, weightsFile);
        var config = ModelConfigs.Read(folder);
        var quantization = QuantizationConfig.Read(Path.Combine(folder, ModelConfigs.FileName));
        Checkpoint weights = SafetensorsCheckpoint.Open(weightsFile ?? folder, RenamingFor(config));
        if (quantization is not null) weights = CompressedTensorsCheckpoint.Wrap(weights, quantization, weightsFile ?? folder);
        try
        {
            return new ModelOnDisk
            {
                FileFormat = "safetensors",
                Path = weightsFile ?? folder,
                Config = config,
                Weights = weights,
                Tokenizer = TokenizerFiles.Load(folder),
                ChatTemplate = ChatTemplateIn(folder),
            };
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    static ModelOnDisk OpenLlama2c(string path)
    {
        var weights = Llama2cCheckpoint.Open(path);
        try
        {
            return new ModelOnDisk
            {
                FileFormat = "llama2c",
                Path = path,
                Config = weights.Header.ToConfig(),
                Weights = weights,
                Tokenizer = TokenizerFiles.Load(FolderOf(path)),
            };
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Gemma 3 with images keeps its text model under a prefix, which differs between versions of transformers.</summary>
    static Func<string, string>? RenamingFor(ModelConfig config) => config is not Gemma3Config ? null : name =>
        name.StartsWith("language_model.", StringComparison.Ordinal) ? name["language_model.".Length..]
        : name.StartsWith("model.language_model.", StringComparison.Ordinal) ? "model." + name["model.language_model.".Length..]
        : name;

    /// <summary>chat_template.jinja, or chat_template in tokenizer_config.json (a text, or a list with one named "default").</summary>
    static string? ChatTemplateIn(string folder)
    {
        const long MaxLength = 64 << 20;
        var jinja = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(jinja) && new FileInfo(jinja).Length <= MaxLength) return DiskFile.ReadAllText(jinja);
        var path = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(path) || new FileInfo(path).Length > MaxLength) return null;
        try
        {
            using var document = JsonDocument.Parse(DiskFile.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("chat_template", out var template)) return null;
            if (template.ValueKind == JsonValueKind.String) return template.GetString();
            if (template.ValueKind != JsonValueKind.Array) return null;
            foreach (var named in template.EnumerateArray())
            {
                if (named.ValueKind == JsonValueKind.Object && named.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
                    && name.ValueEquals("default") && named.TryGetProperty("template", out var text) && text.ValueKind == JsonValueKind.String)
                    return text.GetString();
            }
            return null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException(path, $"is not valid JSON: {broken.Message}", broken);
        }
    }

    static TernException WithoutConfig(string folder, string? weightsFile)
    {
        if (weightsFile is not null) return new TernException($"{weightsFile}: these are weights without a configuration; put the model's config.json beside them.");
        var ggufs = Directory.GetFiles(folder, "*.gguf");
        if (ggufs.Length > 0) return new TernException($"{folder}: there is no config.json; name the GGUF file itself, such as {ggufs.Order(StringComparer.Ordinal).First()}.");
        var bins = Directory.GetFiles(folder, "*.bin").Where(IsLlama2c).ToList();
        if (bins.Count > 0) return new TernException($"{folder}: there is no config.json; name the llama2.c file itself, such as {bins[0]}.");
        return new TernException($"{folder}: there is no config.json, so this is not a model; expected {Readable}.");
    }

    static bool IsLlama2c(string file)
    {
        try
        {
            return Llama2cHeader.Fits(FileKind.Start(file), new FileInfo(file).Length);
        }
        catch (TernException)
        {
            return false;                   // what cannot be read is no suggestion
        }
    }

    static TernException Missing(string path)
    {
        var folder = FolderOf(path);
        if (!Directory.Exists(folder)) return new TernException($"{path}: there is no such file or folder; {folder} does not exist either.");
        var wanted = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        var nearest = EditDistance.Nearest(wanted, Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).Take(10_000));
        return new TernException(nearest is null
            ? $"{path}: there is no such file or folder."
            : $"{path}: there is no such file or folder; did you mean {Path.Combine(Path.GetDirectoryName(path) ?? "", nearest)}?");
    }

    static string FolderOf(string path) => Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) ?? ".";
}

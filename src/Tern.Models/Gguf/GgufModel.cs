using Tern.Models.Tokenizers;

namespace Tern.Models.Gguf;

/// <summary>Opens a GGUF file as a model.</summary>
public static class GgufModel
{
    /// <summary>Reads configuration, tokenizer and chat template; the weights stay in the mapped file.</summary>
    /// <exception cref="ModelFormatException">The file is damaged, of an unsupported architecture, or holds only a vocabulary.</exception>
    public static ModelOnDisk Open(string path)
    {
        var file = GgufFile.Open(path);
        try
        {
            var name = file.Metadata.String("general.architecture");
            var architecture = GgufArchitecture.Find(name)
                ?? throw new ModelFormatException(path, $"the architecture '{name}' is not supported; supported are {GgufArchitecture.Supported}");
            return new ModelOnDisk
            {
                FileFormat = "gguf",
                Path = path,
                Config = GgufConfigs.Read(file, architecture),
                Weights = new GgufCheckpoint(file, architecture),
                Tokenizer = ReadTokenizer(file),
                ChatTemplate = file.Metadata.StringOrNull("tokenizer.chat_template"),
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Null where the file says that it has none.</summary>
    static Tokenizer? ReadTokenizer(GgufFile file)
    {
        if (file.Metadata.StringOrNull("tokenizer.ggml.model") is null or "no_vocab") return null;
        try
        {
            return GgufTokenizer.From(file.Metadata);
        }
        catch (TernException problem) when (problem is not ModelFormatException)
        {
            throw new ModelFormatException(file.Path, problem.Message, problem);
        }
    }
}

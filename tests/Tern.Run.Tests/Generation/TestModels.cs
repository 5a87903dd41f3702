using System.Runtime.InteropServices;
using Tern.Models;
using Tern.Models.Configs;
using Tern.Models.Safetensors;
using Tern.Numerics.Formats;
using Tern.Run.Benchmarking;
using Tern.Testing;

namespace Tern.Run.Tests.Generation;

/// <summary>Models for tests of whole texts.</summary>
static class TestModels
{
    /// <summary>The model that comes with Tern.</summary>
    public static string Shipped { get; } = Path.Combine(Root(), "models", "gutenberg-2m");

    public static LanguageModel Gutenberg() => LanguageModel.Load(Shipped);

    public static LanguageModel Stories() => LanguageModel.Load(RealData.Path("weights/stories260K/stories260K.bin"));

    /// <summary>Random weights, interleaved rotary rows, one token for each byte.</summary>
    public static LanguageModel Bytes(TemporaryFolder folder, string shape = "64,1,2,1,96,300")
    {
        var path = folder["random.gguf"];
        RandomModel.Write(path, RandomModel.ParseShape(shape), TensorType.F32);
        return LanguageModel.Load(path);
    }

    /// <summary>Random weights of any configuration, as a Hugging Face folder without a tokenizer.</summary>
    public static LanguageModel Random(TemporaryFolder folder, ModelConfig config, LoadOptions? options = null)
    {
        File.WriteAllText(folder["config.json"], ModelConfigs.ToJson(config, "float32"));
        var random = new Random(7);
        SafetensorsWriter.WriteFolder(folder.Path, [.. ExpectedTensors.Of(config).Select(tensor =>
        {
            var weights = new float[tensor.Shape.Aggregate(1L, (product, dimension) => product * dimension)];
            foreach (ref var weight in weights.AsSpan()) weight = tensor.Shape.Length == 1 ? 0.5f + random.NextSingle() : (random.NextSingle() - 0.5f) / 2;
            return new SafetensorsSource(tensor.Name, TensorType.F32, tensor.Shape, stream => stream.Write(MemoryMarshal.AsBytes(weights.AsSpan())));
        })]);
        return LanguageModel.Load(folder.Path, options);
    }

    /// <summary>The shipped model with a chat template of its own.</summary>
    public static LanguageModel Chatting(TemporaryFolder folder, string template)
    {
        foreach (var file in Directory.GetFiles(Shipped)) File.Copy(file, folder[Path.GetFileName(file)], overwrite: true);
        File.WriteAllText(folder["chat_template.jinja"], template);
        return LanguageModel.Load(folder.Path);
    }

    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tern.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }
}

using System.Text;
using Tern.Testing;

namespace Tern.Cli.Tests;

public sealed class LoraTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public LoraTests()
    {
        var random = new Random(7);
        string[] words = ["the", "sea", "was", "calm", "and", "a", "ship", "came", "home", "at", "night", "with", "salt", "on", "its", "sails"];
        var text = new StringBuilder();
        for (var i = 0; i < 4000; i++) text.Append(words[random.Next(words.Length)]).Append(i % 11 == 10 ? ".\n" : " ");
        File.WriteAllText(_folder["text.txt"], text.ToString());
    }

    public void Dispose() => _folder.Dispose();

    string Recipe(string output, string model, string adapter)
    {
        var path = _folder[output + ".yaml"];
        File.WriteAllText(path, $$"""
            output: {{_folder[output]}}
            seed: 3
            model: {{model}}
            tokenizer: {{(model.Contains("pretrained", StringComparison.Ordinal) ? "{ name: file }" : "{ name: train_bpe, vocab_size: 300 }")}}
            data: { sources: [ { path: {{_folder["text.txt"]}} } ], sequence_length: 32, held_out: 0.1 }
            adapter: {{adapter}}
            optimizer: { name: adamw, learning_rate: 0.01 }
            schedule: { name: cosine, warmup_steps: 3 }
            precision: { name: float32 }
            batch: { sequences: 4, micro_batch: 2 }
            steps: 16
            evaluation: { every: 0, sequences: 4 }
            checkpoints: { every: 10 }
            """);
        return path;
    }

    const string FromScratch = "{ name: llama, hidden_size: 32, layers: 2, heads: 4, key_value_heads: 2, intermediate_size: 64, dropout: 0.1 }";

    static void Tern(params string[] arguments)
    {
        var answer = TernProcess.Run(arguments);
        Assert.True(answer.ExitCode == 0, answer.ToString());
    }

    static void Same(string expected, string actual) => Assert.Equal(File.ReadAllBytes(expected), File.ReadAllBytes(actual));

    /// <summary>A run that loses its last steps and goes on ends with the bits that it had.</summary>
    void ResumesExactly(string name, string model, string adapter)
    {
        string[] files = ["model/model.safetensors", "checkpoints/step-00000016/weights.safetensors", "checkpoints/step-00000016/optimizer.safetensors"];
        var recipe = Recipe(name, model, adapter);
        Tern("train", recipe);
        var whole = files.Select(file => File.ReadAllBytes(_folder[$"{name}/{file}"])).ToList();
        foreach (var last in (string[])["checkpoints/step-00000016", "model"]) Directory.Delete(_folder[$"{name}/{last}"], recursive: true);
        Tern("train", recipe, "--resume");
        Assert.Equal(whole, files.Select(file => File.ReadAllBytes(_folder[$"{name}/{file}"])));
    }

    [Fact]
    public void An_adapter_is_trained_exported_merged_unmerged_and_extracted()
    {
        Tern("train", Recipe("base", FromScratch, "null"));
        var pretrained = $"{{ name: pretrained, path: {_folder["base/model"]} }}";
        ResumesExactly("lora", pretrained, "{ name: lora, rank: 4, dropout: 0.1, targets: all-linear, modules_to_save: [norm] }");
        Tern("run", "-m", _folder["lora/model"], "-p", "the sea", "-n", "4");

        Tern("lora", "merge", "-m", _folder["base/model"], "--adapter", _folder["lora/adapter"], "-o", _folder["merged"]);
        Same(_folder["lora/model/config.json"], _folder["merged/config.json"]);
        Tern("lora", "extract", "--base", _folder["base/model"], "-m", _folder["merged"], "--rank", "4", "-o", _folder["extracted"]);
        var unmerged = TernProcess.Run("lora", "unmerge", "-m", _folder["merged"], "--adapter", _folder["lora/adapter"], "-o", _folder["unmerged"]);
        Assert.Equal(1, unmerged.ExitCode);
        Assert.Contains("in full", unmerged.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["unmerged"]));
    }

    [Fact]
    public void Relora_from_scratch_resumes_across_restarts_and_exports_the_merged_model_only()
    {
        ResumesExactly("relora", FromScratch, "{ name: lora, rank: 4, targets: all-linear, use_dora: true, modules_to_save: [embed_tokens, lm_head, norm], restart_every: 7, restart_warmup: 3 }");
        Assert.False(Directory.Exists(_folder["relora/adapter"]));
        Tern("run", "-m", _folder["relora/model"], "-p", "the sea", "-n", "4");
    }

    [Fact]
    public void Conversations_teach_a_model_to_answer_as_they_do()
    {
        File.WriteAllLines(_folder["chat.jsonl"], Enumerable.Range(0, 120).Select(i => $$"""{"messages": [{"role": "user", "content": "how is the sea {{i % 7}}"}, {"role": "assistant", "content": "calm {{i % 7}}"}]}"""));
        File.WriteAllText(_folder["chat.yaml"], $$"""
            output: {{_folder["chat"]}}
            model: { name: llama, hidden_size: 32, layers: 2, heads: 4, intermediate_size: 64 }
            tokenizer: { name: train_bpe, vocab_size: 275, special_tokens: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] }
            data: { sources: [ { path: {{_folder["chat.jsonl"]}} } ], sequence_length: 64, held_out: 0.1 }
            objective: { name: chat }
            optimizer: { name: adamw, learning_rate: 0.01 }
            precision: { name: float32 }
            batch: { sequences: 8 }
            steps: 50
            evaluation: { every: 0 }
            """);
        Tern("train", _folder["chat.yaml"]);
        var answer = TernProcess.Run(["chat", "-m", _folder["chat/model"], "--temp", "0", "-n", "20"], "how is the sea 3\n");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Equal("calm 3", answer.Text);                                   // and not a token more: the mark ends it
        Assert.Contains("<|im_start|>", File.ReadAllText(_folder["chat/model/chat_template.jinja"]), StringComparison.Ordinal);
        File.AppendAllText(_folder["chat.jsonl"], "{\"messages\": 1}\n");
        var bad = TernProcess.Run("train", _folder["chat.yaml"], "--set", $"output={_folder["bad"]}");
        Assert.Contains("chat.jsonl, line 121:", bad.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_counts_what_is_trained()
    {
        var answer = TernProcess.Run("train", Recipe("dry", FromScratch, "{ name: lora, rank: 4 }"), "--dry-run");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains($"parameters   {2 * 4 * (32 + 32 + 32 + 16):N0}", answer.Output, StringComparison.Ordinal);      // q [32, 32] and v [16, 32] in two layers
    }

    [Fact]
    public void Mistakes_are_told_with_what_to_do()
    {
        var strange = TernProcess.Run("lora", "merg");
        Assert.Equal(2, strange.ExitCode);
        Assert.Contains("merge", strange.Errors, StringComparison.Ordinal);
        var none = TernProcess.Run("lora", "merge", "-m", Repository.Model, "--adapter", _folder.Path, "-o", _folder["x"]);
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("adapter_config.json", none.Errors, StringComparison.Ordinal);
        var regex = TernProcess.Run("train", Recipe("bad", FromScratch, "{ name: lora, targets: '(' }"));
        Assert.Equal(1, regex.ExitCode);
        Assert.Contains("bad.yaml:6", regex.Errors, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

public class EvalTests
{
    [Fact]
    public void Perplexity_of_the_held_out_text_is_that_of_the_README()
    {
        var answer = TernProcess.Run("eval", "perplexity", "-m", Repository.Model, "-f", Path.Combine(Repository.Model, "held-out.txt"), "-n", "4096", "--json");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        using var json = JsonDocument.Parse(answer.Output);
        // Independent float64 reference; half-precision keys and values move the mean by less than 1e-4.
        Assert.Equal(3.40699, json.RootElement.GetProperty("nats_per_token").GetProperty("value").GetDouble(), 1e-4);
        Assert.Equal(512, json.RootElement.GetProperty("stride").GetInt32());
        Assert.Equal(4096, json.RootElement.GetProperty("targets").GetInt32());
    }

    [Fact]
    public void Without_a_model_and_a_text_the_largest_model_that_comes_with_Tern_is_measured_on_its_own()
    {
        var answer = TernProcess.Run(["eval", "perplexity", "-n", "64", "--json"], input: null, folder: null, ("TERN_MODEL", ""));
        Assert.True(answer.ExitCode == 0, answer.ToString());
        using var json = JsonDocument.Parse(answer.Output);
        Assert.Equal(50284, json.RootElement.GetProperty("tokens").GetInt32());        // of models/gutenberg-9m/held-out.txt
    }

    [Fact]
    public void A_model_is_compared_directly_and_through_saved_logits()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, TernProcess.Run("convert", Repository.Model, folder["small.gguf"], "--type", "q4_0").ExitCode);
        var text = Path.Combine(Repository.Model, "held-out.txt");
        var direct = TernProcess.Run("eval", "kl", "-m", folder["small.gguf"], "--reference", Repository.Model, "-f", text, "-n", "300", "-c", "128", "--save-logits", folder["logits"]);
        Assert.True(direct.ExitCode == 0, direct.ToString());
        Assert.Contains("300 of 55735 tokens, windows of 128, stride 128", direct.Output);
        Assert.Contains("same top token", direct.Output);
        var saved = TernProcess.Run("eval", "kl", "-m", folder["small.gguf"], "--reference-logits", folder["logits"]);
        Assert.Equal(direct.Output, saved.Output);
        Assert.Empty(saved.Errors);
    }

    [Theory]
    [InlineData(2, "name one with -f", "eval", "perplexity", "-m", "other.gguf")]
    [InlineData(2, "name the reference", "eval", "kl")]
    [InlineData(2, "leave -f and --save-logits away", "eval", "kl", "--reference-logits", "x", "-f", "y")]
    [InlineData(2, "did you mean 'perplexity'?", "eval", "perplexty")]
    [InlineData(1, "there is no such file", "eval", "kl", "--reference-logits", "nowhere")]
    public void Mistakes_are_explained(int exitCode, string message, params string[] arguments)
    {
        var answer = TernProcess.Run(arguments);
        Assert.True(answer.ExitCode == exitCode, answer.ToString());
        Assert.Contains(message, answer.Errors);
        Assert.Empty(answer.Output);
    }

    [Fact]
    public void Without_a_kind_the_help_shows_both()
    {
        var answer = TernProcess.Run("eval", "--help");
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("perplexity", answer.Output);
        Assert.Contains("kl ", answer.Output);
    }
}

using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

public sealed class ReproduceTests : IDisposable
{
    static readonly string Text = Path.Combine(Repository.Model, "held-out.txt");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_quick_experiment_of_GaLore_runs_through_and_answers_every_claim()
    {
        var answer = TernProcess.Run(["reproduce", "galore", "--quick", "-f", Text, "-o", _folder["galore"]], input: null, folder: null, ("OMP_NUM_THREADS", "1"));
        Assert.True(answer.ExitCode == 0, answer.ToString());
        using var result = JsonDocument.Parse(File.ReadAllText(_folder["galore/result.json"]));
        Assert.Equal(6, result.RootElement.GetProperty("outcome").GetProperty("findings").GetArrayLength());
        Assert.Contains("| claim | paper | here | verdict |", File.ReadAllText(_folder["galore/README.md"]), StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(_folder["galore/loss.svg"]), StringComparison.Ordinal);
    }

    [Fact]
    public void An_experiment_that_was_interrupted_goes_on_with_the_next_trial()
    {
        string[] arguments = ["reproduce", "soap", "-f", Text, "-o", _folder["soap"]];
        var trials = _folder["soap/work/trials"];
        bool IsUnderWay() => Directory.Exists(trials) && Directory.GetFiles(trials).Length > 0;
        using (var process = TernProcess.Start(arguments))
        {
            TernProcess.Until(IsUnderWay, "no trial ended");
            process.Interrupt();
            Assert.Equal(130, process.Finish().ExitCode);
        }

        var finished = Directory.GetFiles(trials).ToDictionary(file => file, File.ReadAllText);
        using (var process = TernProcess.Start(arguments))
        {
            TernProcess.Until(() => Directory.GetFiles(trials).Length > finished.Count, "it did not go on");
            process.Interrupt();
            Assert.Equal(130, process.Finish().ExitCode);
        }

        Assert.All(finished, file => Assert.Equal(file.Value, File.ReadAllText(file.Key)));
    }

    [Theory]
    [InlineData("there is no paper 'soup'", "reproduce", "soup")]
    [InlineData("no-such.txt", "reproduce", "soap", "-f", "no-such.txt")]
    [InlineData("Name the folder that has imo_ag_30.txt", "reproduce", "alphageometry")]
    public void What_is_not_there_is_named(string message, params string[] arguments)
    {
        var answer = TernProcess.Run(arguments, input: null, folder: _folder.Path);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains(message, answer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Quick_and_full_exclude_each_other() => Assert.Equal(2, TernProcess.Run("reproduce", "soap", "--quick", "--full").ExitCode);

    [Fact]
    public void Papers_are_listed()
    {
        var answer = TernProcess.Run("papers");
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("soap", answer.Output, StringComparison.Ordinal);
        Assert.Contains("arXiv 2403.03507", answer.Output, StringComparison.Ordinal);
    }
}

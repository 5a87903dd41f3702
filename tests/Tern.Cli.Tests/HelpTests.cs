namespace Tern.Cli.Tests;

public class HelpTests
{
    static readonly string[] Names = ["run", "chat", "tokenize", "convert", "bench", "prove", "doctor"];

    public static TheoryData<string> Verbs => [.. Names];

    [Fact]
    public void Without_arguments_the_verbs_are_listed()
    {
        var answer = TernProcess.Run();
        Assert.Equal(0, answer.ExitCode);
        Assert.All(Names, verb => Assert.Contains($"  {verb} ", answer.Output));
        Assert.Equal(TernProcess.Run("--help").Output, answer.Output);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Help_of_a_verb_ends_with_examples(string verb)
    {
        foreach (var flag in (string[])["--help", "-h"])
        {
            var answer = TernProcess.Run(verb, flag);
            Assert.Equal(0, answer.ExitCode);
            Assert.Empty(answer.Errors);
            Assert.Contains($"Examples:\n  tern {verb}", answer.Output);
        }
    }

    [Fact]
    public void Help_wins_over_mistakes() => Assert.Equal(0, TernProcess.Run("convert", "--help").ExitCode);

    [Fact]
    public void The_version_is_a_line_that_begins_with_the_name()
    {
        var answer = TernProcess.Run("--version");
        Assert.Equal(0, answer.ExitCode);
        Assert.Matches(@"^tern \d+\.\d+\.\d+", answer.Output);
    }
}

using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

public class ChatTests
{
    static Answer Chat(string input, params string[] flags) => TernProcess.Run(["chat", "--seed", "3", "-n", "20", "-l", "199-inf", .. flags], input);        // 199 is the line break: one answer, one line

    [Fact]
    public void From_a_pipe_each_line_is_a_turn_and_stdout_has_the_answers_alone()
    {
        var one = Chat("Who are you?\n");
        Assert.True(one.ExitCode == 0, one.ToString());
        Assert.Single(one.Text.Split('\n'));
        var two = Chat("Who are you?\nWhence do you come?\n");
        Assert.StartsWith(one.Output, two.Output, StringComparison.Ordinal);
        Assert.True(two.Output.Length > one.Output.Length);
        Assert.DoesNotContain("> ", two.Output + two.Errors);
        Assert.Equal(one.Output, Chat("", "-p", "Who are you?").Output);
    }

    [Fact]
    public void A_conversation_can_be_saved_taken_back_and_loaded()
    {
        using var folder = new TemporaryFolder();
        var file = folder["talk.json"];
        var first = Chat($"Who are you?\nAnd I?\n/undo\n/save {file}\n", "-sys", "A talk at sea.");
        Assert.Contains("taken back: And I?", first.Errors);
        Assert.Contains($"2 turns written to {file}", first.Errors);
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        Assert.Equal("A talk at sea.", json.RootElement.GetProperty("system").GetString());
        Assert.Equal(["Who are you?", first.Output.Split('\n')[0]], json.RootElement.GetProperty("turns").EnumerateArray().Select(turn => turn.GetProperty("content").GetString()!));

        var second = Chat($"/load {file}\n/system\n/clear\n/undo\n/regen\n");
        Assert.Contains("2 turns read", second.Errors);
        Assert.Contains("system: A talk at sea.", second.Errors);
        Assert.Contains("there is nothing to take back", second.Errors);
        Assert.Contains("There is no answer to generate again", second.Errors);
        Assert.Equal(1, second.ExitCode);                        // a script must notice
    }

    [Fact]
    public void Commands_are_told_from_questions()
    {
        var answer = Chat("/help\n/regn\n/save\n\n//etc is a folder\\\nof what?\n/regen\n/exit\nnever asked\n");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("/system", answer.Errors);
        Assert.Contains("there is no command '/regn'; did you mean '/regen'?", answer.Errors);
        Assert.Contains("/save needs the name of a file", answer.Errors);
        Assert.Equal(2, answer.Text.Split('\n').Length);
        Assert.NotEqual(answer.Text.Split('\n')[0], answer.Text.Split('\n')[1]);
    }

    [Fact]
    public void Ctrl_C_ends_a_piped_conversation()
    {
        using var running = TernProcess.Start(["chat", "-n", "10000000", "--ignore-eos", "--seed", "1", "-l", "199-inf"]); 
        running.Type("Tell me everything.\n");
        TernProcess.Until(() => running.OutputSoFar.Length > 50, "no answer came");
        running.Interrupt();
        var answer = running.Finish();
        Assert.True(answer.ExitCode == 130, answer.ToString());
        Assert.Contains("(stopped)", answer.Errors);
    }

    [Fact]
    public void A_prompt_cache_carries_the_system_prompt_over()
    {
        using var folder = new TemporaryFolder();
        string[] flags = ["-sys", "You are the captain of a whaling ship.", "--prompt-cache", folder["cache"]];
        Assert.Equal(Chat("Who are you?\n", flags).Output, Chat("Who are you?\n", flags).Output);
        Assert.True(File.Exists(folder["cache"]));
    }
}

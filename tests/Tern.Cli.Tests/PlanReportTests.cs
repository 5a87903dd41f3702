using Tern.Testing;

namespace Tern.Cli.Tests;

public class PlanReportTests
{
    [Fact]
    public void Page_and_pictures_are_written_beside_the_answer()
    {
        using var folder = new TemporaryFolder();
        var answer = TernProcess.Run(["plan", "--flops", "1e22", "--inference-tokens", "1T", "--fit", "epoch", "--report", "plan.html", "--plots", "pictures"], input: null, folder.Path);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("report written to plan.html", answer.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("written to", answer.Output, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", File.ReadAllText(folder["plan.html"]), StringComparison.Ordinal);
        Assert.StartsWith("<?xml", File.ReadAllText(folder["pictures/isoloss.svg"]), StringComparison.Ordinal);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(folder["pictures/isoloss.png"])[..4]);
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["pictures"], "");
        var answer = TernProcess.Run(["plan", "--flops", "1e22", "--plots", "pictures"], input: null, folder.Path);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("pictures: the folder for the pictures cannot be made", answer.Errors, StringComparison.Ordinal);
    }
}

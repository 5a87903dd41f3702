using System.Text.Json.Nodes;
using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>Benchmarks of the prover on problems of milliseconds.</summary>
public sealed class ProveBenchTests : IDisposable
{
    const string Problems = """
        thales
        a b = segment a b; o = midpoint a b; c = on_circle c o a ? perp c a c b
        false
        a b c = triangle a b c; m = midpoint b c ? perp a m b c
        no place
        a b = segment a b; m = midpoint a b; o = circle o a b m ? cong o a o b
        needs a point
        c a b = r_triangle c a b; d = foot d c a b; x = on_line x c d; k = on_line k a x, on_circle k b c; l = on_line l b x, on_circle l a c; m = on_line m a l, on_line m b k ? cong m k m l

        """;

    readonly TemporaryFolder _folder = new();

    public ProveBenchTests() => File.WriteAllText(_folder["some.txt"], Problems);

    public void Dispose() => _folder.Dispose();

    Answer Bench(params string[] flags)
    {
        var answer = TernProcess.Run(["prove", "bench", "some.txt", "-o", "out", .. flags], null, _folder.Path);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        return answer;
    }

    JsonArray Rows() => JsonNode.Parse(File.ReadAllText(_folder["out/results.json"]))!["rows"]!.AsArray();

    [Fact]
    public void Every_problem_has_a_row_and_every_proof_a_file()
    {
        var answer = Bench("--seeds", "2", "--aux", "none");
        var rows = Rows();
        Assert.Equal(["Proved", "GoalIsFalse", "NotDrawn", "NotInClosure", "Proved", "GoalIsFalse", "NotDrawn", "NotInClosure"], rows.Select(row => (string?)row!["outcome"]));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], rows.Select(row => (int)row!["seed"]!));
        foreach (var row in rows.Where(row => (string?)row!["outcome"] == "Proved"))
        {
            Assert.StartsWith("right; checked in its own diagram", (string?)row!["checks"]![0]);
            Assert.True(File.Exists(_folder["out/" + (string?)row["proofs"]![0]]));
        }
        var results = JsonNode.Parse(File.ReadAllText(_folder["out/results.json"]))!;
        Assert.Equal((4, 1), ((int)results["closures"]!["problems"]!, (int)results["closures"]!["solved"]!));
        Assert.Equal(2, results["closures"]!["rows"]!.AsArray().Count);
        Assert.True((long)results["peak_memory"]! > 1 << 20);
        Assert.Equal(answer.Output, File.ReadAllText(_folder["out/results.md"]));
        Assert.Contains("| thales | proved |", answer.Output);
        Assert.StartsWith("<?xml", File.ReadAllText(_folder["out/cactus.svg"]));
        Assert.True(File.Exists(_folder["out/cactus.png"]));
    }

    [Fact]
    public void Rows_of_the_same_options_are_not_run_again()
    {
        Bench("--aux", "none");
        var before = Rows().ToJsonString();
        Assert.DoesNotContain("thales", Bench("--aux", "none", "--resume").Errors);
        Assert.Equal(before, Rows().ToJsonString());
        var again = TernProcess.Run(["prove", "bench", "some.txt", "-o", "out"], null, _folder.Path);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("is there already. Go on with it (--resume)", again.Errors);

        // Other options are other rows, beside the first.
        Assert.Contains("needs a point: proved", Bench("--resume").Errors);
        Assert.Equal(8, Rows().Count);
        Assert.Equal(before, new JsonArray([.. Rows().Take(4).Select(row => row!.DeepClone())]).ToJsonString());

        // What was changed is run again.
        File.WriteAllText(_folder["some.txt"], Problems.Replace("perp a m b c", "cong m b m c", StringComparison.Ordinal));
        Bench("--aux", "none", "--resume");
        Assert.Equal(9, Rows().Count);
        Assert.Equal("Proved", (string?)Rows()[8]!["outcome"]);
    }

    [Fact]
    public void A_damaged_result_is_told()
    {
        Directory.CreateDirectory(_folder["out"]);
        File.WriteAllText(_folder["out/results.json"], "{ \"source\": 3 }");
        var answer = TernProcess.Run(["prove", "bench", "some.txt", "-o", "out", "--resume"], null, _folder.Path);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("results.json: is not the result of a benchmark", answer.Errors);
    }
}

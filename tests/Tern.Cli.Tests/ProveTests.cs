using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>Theorems as users ask for them. Orthocentre: Trinh et al. 2024, Nature 625, 476, the example of its extended data.</summary>
public sealed class ProveTests : IDisposable
{
    const string Thales = "a b = segment a b; o = midpoint a b; c = on_circle c o a ? perp c a c b";
    const string Orthocentre = "a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h b c";
    const string False = "a b c = triangle a b c; m = midpoint b c ? perp a m b c";

    /// <summary>IMO 2012, problem 5: its closure does not have the goal, and the first auxiliary point is found within a second.</summary>
    const string NeedsPoint = "c a b = r_triangle c a b; d = foot d c a b; x = on_line x c d; k = on_line k a x, on_circle k b c; l = on_line l b x, on_circle l a c; m = on_line m a l, on_line m b k ? cong m k m l";

    /// <summary>Morley's theorem for the angles 60°, 45° and 75°: true, and without a proof in 5,000 attempts.</summary>
    const string Hard = "b c = segment b c; a = s_angle c b a 60, s_angle b c a -45; d = s_angle c b d 20, s_angle b c d -15; q = s_angle c b q 40, s_angle b a q 25; r = s_angle b c r -30, s_angle b a r 50 ? cong d q d r";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static Answer Prove(params string[] arguments) => TernProcess.Run(["prove", .. arguments]);

    [Fact]
    public void A_proof_is_told_with_reasons_and_what_the_checker_says()
    {
        var answer = Prove("--statement", Thales);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Empty(answer.Errors);
        Assert.StartsWith("statement\n\nTo prove: CA ⊥ CB.\n\nConstruction\n  a b = segment a b\n", answer.Output);
        Assert.Contains("Which was to be proved.", answer.Output);
        Assert.Contains("\nChecked: right; checked in its own diagram and ", answer.Output);
        Assert.Contains("\nProved after ", answer.Output);
        Assert.DoesNotContain("Auxiliary points", answer.Output);
    }

    [Fact]
    public void Auxiliary_points_are_told_and_the_same_seed_finds_the_same_with_any_threads()
    {
        string[] Found(string threads)
        {
            var answer = Prove("--statement", NeedsPoint, "--seed", "0", "--threads", threads);
            Assert.True(answer.ExitCode == 0, answer.ToString());
            Assert.Contains("\nAuxiliary points\n", answer.Output);
            return [.. answer.Output.Split('\n').Where(line => !line.StartsWith("Proved after", StringComparison.Ordinal))];
        }
        Assert.Equal(Found("1"), Found("3"));
        var none = Prove("--statement", NeedsPoint, "--aux", "none");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("statement: not proved: the goals do not follow without auxiliary points, and --aux none allows none.", none.Output);
    }

    [Fact]
    public void Every_file_of_a_proof_is_written()
    {
        var answer = TernProcess.Run(["prove", "-", "--out", "proof"], $"thales\n{Thales}\n", _folder.Path);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Equal(["figure.png", "figure.svg", "proof.html", "proof.json", "proof.tex", "proof.txt"], Names(_folder["proof"]));
        Assert.StartsWith("thales\n\nTo prove: CA ⊥ CB.", File.ReadAllText(_folder["proof/proof.txt"]));
        Assert.StartsWith("\\documentclass", File.ReadAllText(_folder["proof/proof.tex"]));
        Assert.Contains("Checked: right;", File.ReadAllText(_folder["proof/proof.html"]));
        Assert.Contains("to be proved", File.ReadAllText(_folder["proof/figure.svg"]));
    }

    [Fact]
    public void All_problems_of_a_file_are_tried_though_one_is_false()
    {
        File.WriteAllText(_folder["some.txt"], $"# three\nfirst\n{Orthocentre}\n\nwrong\n{False}\nlast_one\n{Thales}\n");
        var answer = TernProcess.Run(["prove", "some.txt", "--aux", "none", "-o", "out"], null, _folder.Path);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("wrong: the goal 'perp a m b c' is false in each of 30 diagrams: ∠(bc, am) = ", answer.Errors);
        Assert.EndsWith("\n2 of 3 problems proved.\n", answer.Output);
        Assert.Equal(["first", "last_one"], Names(_folder["out"]));
        Assert.Equal(0, TernProcess.Run(["prove", "some.txt", "--problem", "one"], null, _folder.Path).ExitCode);
    }

    [Fact]
    public void Json_has_the_steps_and_the_check_of_each_proof()
    {
        using var json = JsonDocument.Parse(Prove("-s", Orthocentre + "; perp b h a c", "--json").Output);
        Assert.Equal(1, json.RootElement.GetProperty("proved").GetInt32());
        var problem = json.RootElement.GetProperty("problems")[0];
        Assert.Equal("Proved", problem.GetProperty("outcome").GetString());
        Assert.Equal(["perp a h b c", "perp b h a c"], problem.GetProperty("proofs").EnumerateArray().Select(proof => proof.GetProperty("goal").GetString()));
        Assert.All(problem.GetProperty("proofs").EnumerateArray(), proof =>
        {
            Assert.True(proof.GetProperty("check").GetProperty("right").GetBoolean());
            Assert.StartsWith("perp ", proof.GetProperty("steps").EnumerateArray().Last().GetProperty("conclusion").GetString());
        });
    }

    [Theory]
    [InlineData("the time is up; --time gives more.", "--time", "2")]
    [InlineData("all attempts are spent; --attempts gives more.", "--attempts", "3")]
    public void What_was_reached_is_told_where_the_search_ends_without_a_proof(string reason, params string[] flags)
    {
        var answer = TernProcess.Run(["prove", "-s", Hard, "-o", "out", .. flags], null, _folder.Path);
        Assert.True(answer.ExitCode == 1, answer.ToString());
        Assert.Contains("statement: not proved: " + reason, answer.Output);
        Assert.Matches(@"\nEnded after [\d.]+ s: ([\d,]+ attempts? with [\d,]+ closures|before any)", answer.Output);
        Assert.Equal(["figure.png", "figure.svg"], Names(_folder["out"]));
    }

    [Fact]
    public void Ctrl_c_keeps_what_is_proved_and_says_how_far_it_came()
    {
        File.WriteAllText(_folder["two.txt"], $"easy\n{Thales}\nhard\n{Hard}\nlater\n{Orthocentre}\n");
        using var process = TernProcess.Start(["prove", "two.txt", "-o", "out"], _folder.Path);
        TernProcess.Until(() => File.Exists(_folder["out/easy/figure.png"]), "the first proof");
        Thread.Sleep(1000);
        process.Interrupt();
        var answer = process.Finish();
        Assert.True(answer.ExitCode == 130, answer.ToString());
        Assert.Contains("hard: not proved: interrupted.", answer.Output);
        Assert.EndsWith("\n1 of 3 problems proved, 1 not tried.\n", answer.Output);
    }

    [Fact]
    public void Definitions_of_ones_own_take_the_place_of_those_of_tern()
    {
        File.WriteAllText(_folder["defs.txt"], "segment a b\n\n=\na : ; b :\nsegment\n\nhalf x a b\nx : a b\na b = diff a b\nx : coll x a b, cong x a x b\nmidp a b\n");
        var answer = TernProcess.Run(["prove", "--definitions", "defs.txt", "-s", "a b = segment a b; m = half a b; n = half m b ? eqratio a m a b m n m b"], null, _folder.Path);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        var unknown = TernProcess.Run(["prove", "--definitions", "defs.txt", "-s", Thales], null, _folder.Path);
        Assert.Contains("there is no construction 'midpoint'", unknown.Errors);
    }

    [Fact]
    public void Written_proofs_are_right_and_changed_ones_are_not()
    {
        File.WriteAllText(_folder["some.txt"], $"thales\n{Thales}\n");
        TernProcess.Run(["prove", "some.txt", "-o", "out"], null, _folder.Path);
        Answer Check(params string[] arguments) => TernProcess.Run(["prove", "check", .. arguments], null, _folder.Path);
        var right = Check("out/proof.json", "--of", "some.txt");
        Assert.True(right.ExitCode == 0, right.ToString());
        Assert.StartsWith("out/proof.json: thales: perp c a c b: right; checked in its own diagram and ", right.Output);

        var proof = File.ReadAllText(_folder["out/proof.json"]);
        File.WriteAllText(_folder["changed.json"], proof.Replace("\"goal\": \"perp c a c b\"", "\"goal\": \"perp c a a b\"", StringComparison.Ordinal));
        File.WriteAllText(_folder["cut.json"], proof[..(proof.Length / 2)]);
        var wrong = Check("changed.json", "cut.json", "out/proof.json");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("changed.json: thales: perp c a a b: the goal, perp c a a b, is not one of the problem's.", wrong.Output);
        Assert.EndsWith("1 of 3 proofs are right.\n", wrong.Output);
        Assert.Contains("cut.json: ", wrong.Errors);

        // Right, but of another problem.
        File.WriteAllText(_folder["some.txt"], $"thales\n{Orthocentre}\n");
        Assert.Contains("the proof is about another problem.", Check("out/proof.json", "--of", "some.txt").Output);
    }

    [Fact]
    public void Generated_theorems_are_problems_whose_proofs_need_their_auxiliary_points()
    {
        var made = TernProcess.Run(["prove", "generate", "-n", "3", "--auxiliary", "--max-points", "6", "--seed", "5", "-o", "theorems.txt"], null, _folder.Path);
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.StartsWith("3 theorems from ", made.Errors);
        Assert.Equal(File.ReadAllText(_folder["theorems.txt"]), Prove("generate", "-n", "3", "--auxiliary", "--max-points", "6", "--seed", "5", "--threads", "1").Output);
        Assert.EndsWith("\n3 of 3 problems proved.\n", TernProcess.Run(["prove", "theorems.txt", "--aux", "none"], null, _folder.Path).Output);
        Assert.EndsWith("\n0 of 3 problems proved.\n", TernProcess.Run(["prove", "theorems.txt", "--aux", "none", "--no-auxiliary"], null, _folder.Path).Output);
        var words = Prove("generate", "-n", "2", "--max-points", "6", "--format", "words");
        Assert.All(words.Text.Split('\n'), line => Assert.StartsWith("{S} a : ", line));
        Assert.Equal(2, Prove("generate", "--format", "word").ExitCode);
    }

    [Fact]
    public void Theorems_to_learn_from_are_documents_without_those_that_are_held_out()
    {
        string[] Lines(params string[] flags) => Prove(["generate", "-n", "6", "--max-points", "6", "--format", "jsonl", .. flags]).Text.Split('\n');
        var all = Lines("--tokenizer", _folder["tokenizer.json"]);
        Assert.All(all, line => Assert.StartsWith("{\"text\":\"{S} a : ", line));
        Assert.Contains("WhitespaceSplit", File.ReadAllText(_folder["tokenizer.json"]));
        File.WriteAllLines(_folder["held-out.jsonl"], all[1..3]);
        var rest = Lines("--except", _folder["held-out.jsonl"]);
        Assert.Equal(6, rest.Length);
        Assert.Equal([all[0], .. all[3..]], rest[..4]);
    }

    [Fact]
    public void The_model_that_comes_with_Tern_proposes_points()
    {
        var spent = Prove("-s", NeedsPoint, "--aux", "model", "--attempts", "5", "--json");
        using var answer = JsonDocument.Parse(spent.Output);
        Assert.InRange(answer.RootElement.GetProperty("problems")[0].GetProperty("attempts").GetInt32(), 1, 5);
        Assert.Equal(0, Prove("-s", NeedsPoint, "--aux", "mixed").ExitCode);
    }

    [Fact]
    public void A_language_model_is_asked_only_where_it_may_say_something()
    {
        var unasked = Prove("-s", Orthocentre, "--model", _folder.Path);
        Assert.Equal(2, unasked.ExitCode);
        Assert.Contains("--aux model", unasked.Errors);
        var other = Prove("-s", Orthocentre, "--aux", "model", "--model", Path.Combine(Repository.Root, "models", "gutenberg-2m"));
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("is no model of theorems", other.Errors);
    }

    [Fact]
    public void A_problem_is_drawn_alike_for_the_same_seed()
    {
        string Drawn(string name, params string[] flags)
        {
            var answer = TernProcess.Run(["prove", "draw", "-s", Orthocentre, "-o", name, .. flags], null, _folder.Path);
            Assert.True(answer.ExitCode == 0, answer.ToString());
            return Convert.ToHexString(File.ReadAllBytes(_folder[name]));
        }
        Assert.Equal(Drawn("a.svg", "--seed", "3"), Drawn("b.svg", "--seed", "3"));
        Assert.NotEqual(Drawn("a.svg"), Drawn("b.svg", "--seed", "4"));
        Assert.StartsWith("89504E47", Drawn("c.png"));
        Assert.Contains("neither .svg nor .png", Prove("draw", "-s", Orthocentre, "-o", "figure.gif").Errors);
        Assert.Contains("the goal 'perp a m b c' is false", Prove("draw", "-s", False, "-o", _folder["false.svg"]).Errors);
    }

    [Theory]
    [InlineData(2, "name a file of problems, or give one with --statement")]
    [InlineData(2, "not from both", "some.txt", "-s", Thales)]
    [InlineData(2, "--statement is a problem already", "-p", "x", "-s", Thales)]
    [InlineData(2, "there is no 'heuristics'; did you mean 'heuristic'?", "-s", Thales, "--aux", "heuristics")]
    [InlineData(2, "--time: 0 is no time", "-s", Thales, "--time", "0")]
    [InlineData(2, "--threads: 0 is too small", "-s", Thales, "--threads", "0")]
    [InlineData(2, "--attempts: -1 is too small", "-s", Thales, "--attempts", "-1")]
    [InlineData(2, "'more.txt' is one argument too many", "some.txt", "more.txt")]
    [InlineData(1, "nowhere.txt: there is no such file", "nowhere.txt")]
    [InlineData(1, "nowhere.txt: there is no such file", "-s", Thales, "--definitions", "nowhere.txt")]
    [InlineData(1, "statement(1,5): there is no construction 'segmnt'; did you mean 'segment'?\n  a = segmnt a ? coll a a a\n      ^", "-s", "a = segmnt a ? coll a a a")]
    [InlineData(1, "(1,55): there is no point 'd' here; did you mean '", "-s", "a b = segment a b; c = on_line c a b; d2 = midpoint a d ? cong a b a c")]
    [InlineData(1, "(1,24): 'midpoint x a b' takes 3 arguments, or 2 without the new point, not 1.", "-s", "a b = segment a b; m = midpoint b ? cong a m b m")]
    [InlineData(1, "cong: takes 4 points, not 3.", "-s", "a b = segment a b; m = midpoint a b ? cong a m b")]
    [InlineData(1, "the goal is missing", "-s", "a b = segment a b; m = midpoint a b")]
    [InlineData(1, "there is no predicate 'cogn'; did you mean 'cong'?", "-s", "a b = segment a b; c = midpoint a b ? cogn a c b c")]
    [InlineData(1, "the goal 'perp a m b c' is false in each of 30 diagrams", "-s", False)]
    [InlineData(1, "could not be drawn in 4000 attempts: 4000 times 'o = circle o a b m' needs 'ncoll a b m'", "-s", "a b = segment a b; m = midpoint a b; o = circle o a b m ? cong o a o b")]
    [InlineData(1, "did not meet", "-s", "a b c = triangle a b c; d = on_line d a b, on_pline d c a b ? coll a b d")]
    public void Mistakes_are_told_in_a_sentence(int exitCode, string told, params string[] arguments)
    {
        var answer = TernProcess.Run(["prove", .. arguments], null, _folder.Path);
        Assert.True(answer.ExitCode == exitCode, answer.ToString());
        Assert.Contains(told, answer.Errors);
        Assert.Empty(answer.Output);
        Assert.DoesNotContain("   at ", answer.Errors);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_name_that_no_problem_has_brings_up_the_nearest()
    {
        var file = $"translated_imo_2004_p5\n{Orthocentre}\ntranslated_imo_2012_p1\n{Thales}\n";
        Assert.Contains("stdin: there is no problem 'imo_2004_p55'; did you mean 'translated_imo_2004_p5'?", TernProcess.Run(["prove", "-", "-p", "imo_2004_p55"], file).Errors);
        Assert.Contains("stdin: there is no problem 'putnam'. Its problems are translated_imo_2004_p5, translated_imo_2012_p1.", TernProcess.Run(["prove", "-", "-p", "putnam"], file).Errors);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told_before_the_search()
    {
        File.WriteAllText(_folder["taken"], "");
        var answer = TernProcess.Run(["prove", "-s", Hard, "--out", "taken"], null, _folder.Path);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("taken: the folder cannot be made", answer.Errors);
        Assert.Empty(answer.Output);
    }

    [Fact]
    public void More_points_than_the_engine_takes_are_refused()
    {
        var many = "a b = segment a b" + string.Concat(Enumerable.Range(0, 70).Select(i => $"; p{i} = free p{i}")) + " ? cong a b a b";
        Assert.Contains("statement: has 72 points; the engine takes 64 at most.", Prove("-s", many).Errors);
    }

    static IEnumerable<string> Names(string folder) => Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);
}

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Tern.Geometry.Checking;
using Tern.Geometry.Language;
using Tern.Geometry.Pictures;
using Tern.Models.Files;

namespace Tern.Geometry.Proofs;

/// <summary>A proof as a page of HTML that needs nothing else: steps light up in the figure what they speak of, and points can be dragged, as far as the construction lets them.</summary>
public static class ProofPage
{
    /// <summary>Writes the page.</summary>
    /// <exception cref="Models.TernException">It cannot be written.</exception>
    public static void Write(string path, Proof proof, CheckResult? check = null) => AtomicFile.WriteText(path, Of(proof, check));

    /// <summary>The page. The same proof gives the same page.</summary>
    /// <param name="proof">The proof.</param>
    /// <param name="check">What the checker says of it, for the end of the page.</param>
    public static string Of(Proof proof, CheckResult? check = null)
    {
        var (outline, notation) = (new ProofOutline(proof), new PlainNotation(proof.Problem.PointNames));
        var reasons = new Reasons(outline, notation, number => $"({number})");
        var figure = ProblemFigure.Of(proof);
        var title = WebUtility.HtmlEncode(proof.Problem.Name);
        var page = new StringBuilder($$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{title}}</title>
            <style>
            {{Part("page.css")}}</style></head><body><main>
            <header><h1>{{title}}</h1><p>To prove: <strong>{{WebUtility.HtmlEncode(notation.Say(proof.Goal))}}</strong></p></header>
            <figure>
            {{figure.ToSvgElement("figure")}}<figcaption>{{(proof.Problem.IsPlaced ? "" : "Points can be dragged; filled ones are free. ")}}<span class="key goal">to be proved</span>{{(outline.Auxiliary.Count > 0 ? " <span class=\"key auxiliary\">added for the proof</span>" : "")}}</figcaption></figure>
            <section>

            """);
        AppendClauses("Construction", outline.Construction);
        AppendClauses("Auxiliary points", outline.Auxiliary);
        page.Append("<h2>Deduction</h2>\n<ol>\n");
        foreach (var step in outline.Deduction) AppendStep(step);
        page.Append("</ol>\n<p class=\"faint\">∠(AB, CD) is the directed angle between the lines AB and CD, modulo 180°.</p>\n");
        if (check is not null) page.Append("<p class=\"faint\">Checked: ").Append(WebUtility.HtmlEncode(check.ToString())).Append(".</p>\n");
        page.Append("</section></main>\n");
        // "<" would end the script where a name holds "</script".
        page.Append("<script type=\"application/json\" id=\"data\">").Append(Data(outline, figure).ToJsonString().Replace("<", "\\u003c", StringComparison.Ordinal)).Append("</script>\n");
        foreach (var script in (ReadOnlySpan<string>)["dragging.js", "page.js"]) page.Append("<script>\n").Append(Part(script)).Append("</script>\n");
        return page.Append("</body></html>\n").ToString();

        void AppendClauses(string heading, IReadOnlyList<OutlineClause> clauses)
        {
            if (clauses.Count == 0) return;
            page.Append("<h2>").Append(heading).Append("</h2>\n<ol>\n");
            foreach (var clause in clauses)
            {
                page.Append("<li><span></span><code>").Append(WebUtility.HtmlEncode(proof.Problem.TextOf(clause.Clause))).Append("</code></li>\n");
                foreach (var step in clause.Facts) AppendStep(step);
            }

            page.Append("</ol>\n");
        }

        void AppendStep(NumberedStep step)
        {
            var reason = reasons.Of(step.Step);
            page.Append("<li tabindex=\"0\" data-step=\"").Append(step.Index).Append('"').Append(outline.IsGoal(step.Step) ? " class=\"goal\"" : "").Append("><span class=\"number\">(").Append(step.Number).Append(")</span><span><span class=\"fact\">")
                .Append(WebUtility.HtmlEncode(notation.Say(step.Step.Conclusion))).Append("</span>");
            if (reason.Length > 0) page.Append(", <span class=\"reason\">").Append(WebUtility.HtmlEncode(reason)).Append("</span>");
            page.Append(".</span></li>\n");
        }
    }

    /// <summary>What page.js reads.</summary>
    static JsonObject Data(ProofOutline outline, Figure figure)
    {
        var problem = outline.Proof.Problem;
        var pixels = figure.Pixels.ToList();
        var clauses = problem.Clauses.Select(clause => new JsonObject { ["points"] = Numbers(clause.Points), ["facts"] = new JsonArray([.. clause.Facts.Where(fact => !fact.IsGuard).Select(Fact)]) });
        return new()
        {
            ["points"] = new JsonArray([.. pixels.Select(spot => new JsonArray(Math.Round(spot.X, 6), Math.Round(spot.Y, 6)))]),
            ["steps"] = new JsonArray([.. outline.Proof.Steps.Select(step => Step(step))]),
            // Pixels by which page.js measures what is left over.
            ["unit"] = 100,
            ["scale"] = figure.PixelsPerLength * outline.Proof.Diagram.Unit,
            ["clauses"] = CanBeDragged(problem) ? new JsonArray([.. clauses]) : null,
        };
    }

    /// <summary>Every fact is of a kind that page.js knows.</summary>
    static bool CanBeDragged(Problem problem) => !problem.IsPlaced && problem.Clauses.SelectMany(clause => clause.Facts).All(fact => fact.IsGuard || fact.Predicate is Predicate.Collinear or Predicate.Parallel or Predicate.Perpendicular
        or Predicate.EqualLengths or Predicate.EqualAngles or Predicate.EqualRatios or Predicate.Midpoint or Predicate.CircleCentre or Predicate.Concyclic or Predicate.AngleValue or Predicate.RatioValue or Predicate.SquaredRatioValue
        or Predicate.LengthValue or Predicate.SquaredLengthValue);

    static JsonNode Fact(Statement fact) => new JsonObject { ["kind"] = fact.Predicate.ToString(), ["points"] = Numbers(fact.Points), ["value"] = fact.Value?.ToDouble() };

    static JsonNode Step(ProofStep step)
    {
        var parts = StatementParts.Of(step.Conclusion);
        return new JsonObject
        {
            ["points"] = Numbers(step.Conclusion.Points.Distinct()),
            ["premises"] = Numbers(step.Premises),
            ["lines"] = new JsonArray([.. parts.Lines.Select(line => (JsonNode)Numbers(line))]),
            ["circles"] = new JsonArray([.. parts.Circles.Select(circle => (JsonNode)new JsonArray([circle.Centre is { } centre ? JsonValue.Create(centre) : null, .. circle.Points.Select(point => (JsonNode)JsonValue.Create(point))]))]),
        };
    }

    static JsonArray Numbers(IEnumerable<int> numbers) => new([.. numbers.Select(number => (JsonNode)JsonValue.Create(number))]);

    /// <summary>A file of the folder Page.</summary>
    internal static string Part(string name)
    {
        using var stream = typeof(ProofPage).Assembly.GetManifestResourceStream("Tern.Geometry.Proofs." + name)!;
        using var text = new StreamReader(stream);
        return text.ReadToEnd();
    }
}

using System.Xml.Linq;
using SkiaSharp;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;
using Tern.Plan.Pictures;
using Tern.Plots;
using Tern.Testing;

namespace Tern.Plan.Tests.Pictures;

public sealed class PictureTests
{
    static readonly LawEstimate Epoch = LawEstimate.Of(PublishedLaw.Named("epoch"));

    public static TheoryData<string> Names => [.. All().Select(picture => picture.Name)];

    /// <summary>a and b of the 302M model of Zhang et al. 2024, arXiv 2410.21676, in sequences of 512 tokens.</summary>
    static readonly CriticalBatchLaw Batches = new(2095.350, 11383270d * 512);

    static IEnumerable<Picture> All()
    {
        var plan = Epoch.Law.OptimumForFlop(1e22);
        var loss = Epoch.Law.Loss(plan);
        yield return IsoFlopPicture.Draw(Epoch, [1e19, 1e20, 1e21, 1e22]);
        yield return IsoLossPicture.Draw(Epoch, [new("least training", plan), new("least with serving", LifetimeOptimum.ForLoss(Epoch.Law, loss, 1e13))]);
        yield return LifetimeCostPicture.Draw(Epoch.Law, loss, [new(0, 0), new(1e12, 1e12), new(1e13, 1e13), new(1e14, 1e14)], usdPerTrainingFlop: 2 / (3600 * 9.89e14 * 0.5));
        yield return PrecisionPictures.Training(PublishedPrecisionLaw.Kumar, new(1.7e9, 26e9), 1e21, chosenBits: 8);
        yield return PrecisionPictures.Rounding(PublishedPrecisionLaw.Kumar, new(1.7e9, 26e9), null, [3, 4, 5, 6]);
        yield return BatchPictures.Steps(Batches, criticalBatch: Batches.CriticalBatch(256 * 512), chosenBatch: 1 << 19);
        yield return BatchPictures.Time(Batches, new(0.05, 1e-6), criticalBatch: Batches.CriticalBatch(256 * 512));
    }

    [Theory, MemberData(nameof(Names))]
    public void Is_a_whole_svg_file_that_scales(string name)
    {
        var picture = All().Single(picture => picture.Name == name);
        var svg = XDocument.Parse(picture.ToSvg()).Root!;
        Assert.Equal("0 0 900 460", svg.Attribute("viewBox")!.Value);
        Assert.Contains(svg.Descendants(), element => element.Name.LocalName == "text" && element.Value == picture.Title);
    }

    [Theory, MemberData(nameof(Names))]
    public void Png_has_two_pixels_to_a_unit_and_more_than_paper(string name)
    {
        using var pixels = SKBitmap.Decode(All().Single(picture => picture.Name == name).ToPng());
        Assert.Equal((1800, 920), (pixels.Width, pixels.Height));
        // Its series, in their first colour.
        Assert.Contains(new SKColor(0x00, 0x72, 0xb2), pixels.Pixels);
    }

    [Fact]
    public void Frontier_of_a_law_without_errors_has_no_band_and_says_so()
    {
        var law = LawEstimate.Of(PublishedLaw.Named("sardana"));
        var picture = IsoLossPicture.Draw(law, [new("plan", law.Law.OptimumForFlop(1e22))]);
        Assert.Contains("No interval is drawn", picture.Caption, StringComparison.Ordinal);
        Assert.DoesNotContain(picture.Legend, entry => entry.Label.Contains("samples", StringComparison.Ordinal));
    }

    [Fact]
    public void Plan_with_a_demand_is_written_as_six_pictures_of_both_kinds()
    {
        using var folder = new TemporaryFolder();
        var request = new PlanRequest { Goal = new() { Flop = 1e22 }, Law = Epoch, Demand = ServingDemand.OfTokens(1e12) };
        var written = PlanPictures.Write(folder["pictures"], request, Planner.Plan(request));
        string[] names = ["batch-steps", "isoflop", "isoloss", "lifetime-cost", "precision-rounding", "precision-training"];
        Assert.Equal(names.SelectMany(name => (string[])[name + ".png", name + ".svg"]), written.Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.All(written, path => Assert.True(new FileInfo(path).Length > 0));
    }
}

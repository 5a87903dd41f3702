using System.Xml.Linq;
using Tern.Plan.Laws;
using Tern.Plan.Pictures;

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
        if (Environment.GetEnvironmentVariable("TERN_PICTURES") is { } folder) picture.Write(folder);
        var svg = XDocument.Parse(picture.ToSvg()).Root!;
        Assert.Equal("0 0 900 460", svg.Attribute("viewBox")!.Value);
        Assert.Contains(svg.Descendants(), element => element.Name.LocalName == "text" && element.Value == picture.Title);
    }
}

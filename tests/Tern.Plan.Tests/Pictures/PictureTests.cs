using System.Xml.Linq;
using Tern.Plan.Laws;
using Tern.Plan.Pictures;

namespace Tern.Plan.Tests.Pictures;

public sealed class PictureTests
{
    static readonly ChinchillaLaw Sardana = new(406.4, 410.7, 1.69, 0.336, 0.283);

    /// <summary>Constants scattered as a bootstrap scatters them.</summary>
    static readonly IReadOnlyList<ChinchillaLaw> Samples = Scattered(50);

    static IReadOnlyList<ChinchillaLaw> Scattered(int count)
    {
        var random = new Random(1);
        double Near(double value) => value * (1 + (0.04 * (random.NextDouble() - 0.5)));
        return [.. Enumerable.Range(0, count).Select(_ => new ChinchillaLaw(Sardana.A, Sardana.B, Near(Sardana.E), Near(Sardana.Alpha), Near(Sardana.Beta)))];
    }

    public static TheoryData<string> Names => [.. All().Select(picture => picture.Name)];

    /// <summary>a and b of the 302M model of Zhang et al. 2024, arXiv 2410.21676, in sequences of 512 tokens.</summary>
    static readonly CriticalBatchLaw Batches = new(2095.350, 11383270d * 512);

    static IEnumerable<Picture> All()
    {
        yield return IsoFlopPicture.Draw(Sardana, [1e19, 1e20, 1e21, 1e22], Samples);
        yield return IsoLossPicture.Draw(Sardana, [new("chosen", Sardana.OptimumForFlop(1e22)), new("with serving", new(3e9, 8e11))], Samples);
        yield return BatchPictures.Steps(Batches, efficientBatch: 256 * 512, chosenBatch: 1 << 19);
        yield return BatchPictures.Time(Batches, new(0.05, 1e-6), efficientBatch: 256 * 512);
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

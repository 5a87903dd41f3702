using Tern.Models;
using Tern.Plan.Memory;

namespace Tern.Plan.Tests.Memory;

public sealed class MemorySizeTests
{
    [Theory]
    [InlineData("24GB", 24_000_000_000)]
    [InlineData("24 gb", 24_000_000_000)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("512MiB", 536_870_912)]
    public void Decimal_and_binary_units_differ(string text, long bytes) => Assert.Equal(bytes, MemorySize.Parse(text).Bytes);

    [Theory]
    [InlineData("24")]
    [InlineData("24G")]
    [InlineData("0GB")]
    [InlineData("-1GB")]
    [InlineData("many GB")]
    [InlineData("")]
    [InlineData("1e300TB")]
    public void What_is_no_amount_is_refused(string text) => Assert.Throws<TernException>(() => MemorySize.Parse(text));

    [Fact]
    public void Both_units_are_printed() => Assert.Equal("24.00 GB (22.35 GiB)", new MemorySize(24_000_000_000).ToString());
}

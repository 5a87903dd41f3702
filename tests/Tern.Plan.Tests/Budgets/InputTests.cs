using Tern.Models;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;
using Tern.Testing;

namespace Tern.Plan.Tests.Budgets;

public sealed class InputTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("7e9", 7e9)]
    [InlineData("7B", 7e9)]
    [InlineData(" 1.4t ", 1.4e12)]
    [InlineData("512", 512)]
    [InlineData("3k", 3000)]
    public void Counts_are_read_as_people_write_them(string text, double value) => Assert.Equal((value, value), (Quantity.Count(text, "--x"), Quantity.Flop(text, "--x")));

    [Theory]
    [InlineData("1e21flop", 1e21)]
    [InlineData("2.5M FLOPs", 2.5e6)]
    public void Operations_may_have_their_unit(string text, double value) => Assert.Equal(value, Quantity.Flop(text, "--x"));

    [Theory]
    [InlineData("50000usd", 50_000.0, null)]
    [InlineData("$10k", 10_000.0, null)]
    [InlineData("2M dollars", 2e6, null)]
    [InlineData("1e21flop", null, 1e21)]
    public void Budgets_have_a_unit(string text, double? usd, double? flop) => Assert.Equal((usd, flop), Quantity.Budget(text, "--budget"));

    [Theory]
    [InlineData("seven", "is not a number")]
    [InlineData("", "is not a number")]
    [InlineData("1,000", "is not a number")]
    [InlineData("-1e9", "must be above 0")]
    [InlineData("0", "must be above 0")]
    [InlineData("NaN", "must be above 0")]
    [InlineData("1e999", "must be above 0")]
    [InlineData("5usd", "is money")]
    [InlineData("1e12flop", "counts operations; those are --flops 1e12")]
    public void What_is_no_count_is_told(string text, string told) => Assert.Contains(told, Assert.Throws<TernException>(() => Quantity.Count(text, "--x")).Message);

    [Theory]
    [InlineData("50000eur", "there is no unit 'eur' of budgets")]
    [InlineData("5k EUR", "there is no unit 'EUR' of budgets")]
    [InlineData("lots", "is not a number")]
    [InlineData("-5usd", "must be above 0")]
    public void What_is_no_budget_is_told(string text, string told) => Assert.Contains(told, Assert.Throws<TernException>(() => Quantity.Budget(text, "--budget")).Message);

    [Theory]
    [InlineData(2128.4, "2,128 days")]
    [InlineData(22.94, "22.9 days")]
    [InlineData(0.5, "12 hours")]
    [InlineData(0.00446, "6.42 minutes")]
    [InlineData(1e-5, "0.864 seconds")]
    public void Times_are_written_in_a_unit_of_their_size(double days, string text) => Assert.Equal(text, Quantity.Time(days));

    [Fact]
    public void A_budget_without_unit_is_told_with_both() => Assert.Contains("write 50000usd for dollars, or --flops 50000", Assert.Throws<TernException>(() => Quantity.Budget("50000", "--budget")).Message);

    [Theory]
    [InlineData(7.26e9, "7.26B")]
    [InlineData(1.4e12, "1.40T")]
    [InlineData(950e6, "950M")]
    [InlineData(512, "512")]
    [InlineData(0, "0")]
    [InlineData(3e15, "3.00e+15")]
    [InlineData(double.PositiveInfinity, "no limit")]
    public void Amounts_are_written_with_three_digits(double value, string text) => Assert.Equal(text, Quantity.Short(value));

    [Fact]
    public void Known_devices_are_found_by_name_alias_and_underscore()
    {
        Assert.Equal("a100", DeviceTable.Named("A100_80").Name);
        Assert.Equal("tpu", DeviceTable.Named("tpu-v5e").Name);
        Assert.All(DeviceTable.Known, device => Assert.NotEmpty(device.Source));
        Assert.Contains("did you mean 'h100'?", Assert.Throws<TernException>(() => DeviceTable.Named("h10")).Message);
    }

    [Fact]
    public void A_file_may_hold_one_device_or_several()
    {
        Assert.Equal(1e14, DeviceTable.Named(Write("{ name: mine, peak_flop_per_second: { bf16: 1e14 }, usd_per_hour: 0.5 }")).Peak("bf16"));
        Assert.Equal(["one", "two"], DeviceTable.Read(Write("""
            - name: one
              peak_flop_per_second: { bf16: 1e14, fp8: 2e14 }
              usd_per_hour: 1
              training_utilisation: 0.3
            - name: two
              peak_flop_per_second: { bf16: 1e14 }
              usd_per_hour: 2
            """)).Select(device => device.Name));
    }

    [Theory]
    [InlineData("name: mine\npeak_flop_per_second: { bf16: 1e14, fp8: abc }\nusd_per_hour: 1", ":2:42: peak_flop_per_second: fp8 must be a number")]
    [InlineData("name: mine\npeak_flop_per_secnd: { bf16: 1e14 }\nusd_per_hour: 1", ":2:1: the device table: has no key 'peak_flop_per_secnd'; did you mean 'peak_flop_per_second'?")]
    [InlineData("name: mine\npeak_flop_per_second: { bf16: 1e14 }\n\nusd_per_hour: -1", ":4: mine: usd_per_hour is -1; it must not be negative")]
    [InlineData("name: mine\npeak_flop_per_second: { bf61: 1e14 }\nusd_per_hour: 1", ":2: mine: peak_flop_per_second has no number format 'bf61'; did you mean 'bf16'?")]
    [InlineData("name: mine\npeak_flop_per_second: { bf16: 0 }\nusd_per_hour: 1", ":2: mine: peak_flop_per_second is 0 for bf16")]
    [InlineData("name: mine\npeak_flop_per_second: { bf16: 1e14 }\nusd_per_hour: 1\nprefill_utilisation: 50", ":4: mine: prefill_utilisation is 50")]
    [InlineData("peak_flop_per_second: { bf16: 1e14 }\nusd_per_hour: 1", ":1:1: the device table: lacks the key 'name'")]
    [InlineData("name: mine\nusd_per_hour: 1", "lacks the key 'peak_flop_per_second'")]
    [InlineData("- 5", ":1: a device is a mapping")]
    [InlineData("name: [", "this is not YAML")]
    [InlineData("", "there is no device in it")]
    public void Mistakes_in_a_device_file_are_told_with_the_line(string text, string told)
    {
        var path = Write(text);
        Assert.Contains($"{path}:", Assert.Throws<TernException>(() => DeviceTable.Named(path)).Message);
        Assert.Contains(told, Assert.Throws<TernException>(() => DeviceTable.Named(path)).Message);
    }

    [Fact]
    public void Integers_do_not_train_and_few_bits_are_widened()
    {
        var a100 = DeviceTable.Named("a100");
        Assert.Equal("bf16", a100.FormatFor(8, training: true));
        Assert.Equal("int8", a100.FormatFor(4, training: false));
        Assert.Equal("fp8", DeviceTable.Named("h100").FormatFor(4, training: true));
        Assert.Throws<TernException>(() => a100.FormatFor(32, training: false));
    }

    [Fact]
    public void Constants_of_a_law_can_be_replaced_and_lose_the_interval()
    {
        var law = LawSource.With(LawSource.Named("epoch"), null, null, 2.0, null, null);
        Assert.Equal((2.0, 482.01), (law.Law.E, law.Law.A));
        Assert.Empty(law.Samples);
        Assert.Throws<TernException>(() => LawSource.With(law, null, null, null, -0.3, null));
        Assert.Throws<TernException>(() => LawSource.With(law, double.NaN, null, null, null, null));
    }

    [Fact]
    public void The_average_request_splits_served_tokens()
    {
        var demand = ServingDemand.OfTokens(285e9);                     // 70 and 215 of the average request
        Assert.Equal(70e9, demand.PromptTokens, 1e-3);
        Assert.Equal(215e9, demand.GeneratedTokens, 1e-3);
    }

    string Write(string text)
    {
        File.WriteAllText(_folder["custom.yaml"], text);
        return _folder["custom.yaml"];
    }
}

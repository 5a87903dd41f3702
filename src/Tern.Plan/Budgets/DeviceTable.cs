using System.Globalization;
using Tern.Models;
using Tern.Models.Files;
using Tern.Plan.Sweeps;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Budgets;

/// <summary>Devices that Tern knows, and those of a file of the user's: YAML, a device or a list of them, with the keys of Tern's own table (devices.yaml).</summary>
public static class DeviceTable
{
    static readonly Lazy<IReadOnlyList<Device>> Table = new(() =>
    {
        using var stream = typeof(DeviceTable).Assembly.GetManifestResourceStream("devices.yaml")!;
        using var text = new StreamReader(stream);
        return Parse(text.ReadToEnd(), "devices.yaml");
    });

    /// <summary>Those that come with Tern.</summary>
    public static IReadOnlyList<Device> Known => Table.Value;

    /// <summary>The device of a name (a100-80, A100_80), or the first of a file that ends in .yaml, .yml or .json.</summary>
    /// <exception cref="TernException">There is no such device or file, or the file is wrong.</exception>
    public static Device Named(string name)
    {
        if (Path.GetExtension(name).ToLowerInvariant() is ".yaml" or ".yml" or ".json") return Read(name)[0];
        var wanted = name.Replace('_', '-');
        if (Known.FirstOrDefault(device => Names(device).Contains(wanted, StringComparer.OrdinalIgnoreCase)) is { } found) return found;
        var near = EditDistance.Nearest(wanted, Known.SelectMany(Names));
        throw new TernException($"there is no device '{name}'{(near is null ? "." : $"; did you mean '{near}'?")} Known are {string.Join(", ", Known.Select(device => device.Name))}; or give a file such as custom.yaml.");
    }

    /// <summary>All devices of a file.</summary>
    public static IReadOnlyList<Device> Read(string path)
    {
        if (!File.Exists(path)) throw new TernException($"{path}: there is no such file; give a device table in YAML, or one of {string.Join(", ", Known.Select(device => device.Name))}.");
        return Parse(DiskFile.ReadAllText(path), path);
    }

    static IEnumerable<string> Names(Device device) => device.Aliases.Prepend(device.Name);

    static IReadOnlyList<Device> Parse(string text, string where)
    {
        const string Whole = "the device table";
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException problem)
        {
            throw new TernException($"{where}:{problem.Start.Line}:{problem.Start.Column}: this is not YAML: {problem.Message}", problem);
        }
        var devices = stream.Documents.FirstOrDefault()?.RootNode switch
        {
            YamlMappingNode one => [DeviceOf(new(one, where, "", Whole), where)],
            YamlSequenceNode list => list.Children.Select(node => node is YamlMappingNode mapping
                ? DeviceOf(new(mapping, where, "", Whole), where)
                : throw new TernException($"{where}:{node.Start.Line}: a device is a mapping with name, peak_flop_per_second and usd_per_hour.")).ToList(),
            _ => (List<Device>)[],
        };
        return devices.Count > 0 ? devices : throw new TernException($"{where}: there is no device in it; give name, peak_flop_per_second and usd_per_hour.");
    }

    static Device DeviceOf(SweepSection keys, string where)
    {
        keys.RequireOnly("name", "description", "aliases", "peak_flop_per_second", "usd_per_hour", "training_utilisation", "prefill_utilisation", "generation_utilisation", "memory_bytes", "watts", "source");
        var peaks = keys.Section("peak_flop_per_second");
        var device = new Device
        {
            Name = keys.Text("name") ?? throw keys.Wrong("lacks the key 'name'."),
            Description = keys.Text("description") ?? "",
            Aliases = keys.Words("aliases") ?? [],
            PeakFlopPerSecond = peaks.Keys.ToDictionary(format => format, format => peaks.Number(format)!.Value),
            UsdPerHour = keys.Number("usd_per_hour") ?? throw keys.Wrong("lacks the key 'usd_per_hour'."),
            MemoryBytes = keys.Number("memory_bytes") ?? 0,
            Watts = keys.Number("watts") ?? 0,
            Source = keys.Text("source") ?? where,
        };
        return (device with
        {
            TrainingUtilisation = keys.Number("training_utilisation") ?? device.TrainingUtilisation,
            PrefillUtilisation = keys.Number("prefill_utilisation") ?? device.PrefillUtilisation,
            GenerationUtilisation = keys.Number("generation_utilisation") ?? device.GenerationUtilisation,
        }).Checked(key => string.Create(CultureInfo.InvariantCulture, $"{where}:{keys.LineOf(key)}"));
    }
}

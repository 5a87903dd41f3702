using Tern.Models;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

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
        throw new TernException($"there is no device '{name}'{(near is null ? "" : $"; did you mean '{near}'?")} Known are {string.Join(", ", Known.Select(device => device.Name))}; or give a file such as custom.yaml.");
    }

    /// <summary>All devices of a file.</summary>
    public static IReadOnlyList<Device> Read(string path)
    {
        if (!File.Exists(path)) throw new TernException($"{path}: there is no such file; give a device table in YAML, or one of {string.Join(", ", Known.Select(device => device.Name))}.");
        return Parse(File.ReadAllText(path), path);
    }

    static IEnumerable<string> Names(Device device) => device.Aliases.Prepend(device.Name);

    static List<Device> Parse(string text, string where)
    {
        var deserializer = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build();
        try
        {
            var entries = text.TrimStart().StartsWith('-') || text.Split('\n').Any(line => line.StartsWith("- ", StringComparison.Ordinal)) || text.TrimStart().StartsWith('[')
                ? deserializer.Deserialize<List<Entry>>(text)
                : [deserializer.Deserialize<Entry>(text)];
            var devices = entries.Where(entry => entry is not null).Select(entry => entry.ToDevice(where)).ToList();
            return devices.Count > 0 ? devices : throw new TernException($"{where}: there is no device in it.");
        }
        catch (YamlException problem)
        {
            throw new TernException($"{where}:{problem.Start.Line}: {(problem.InnerException ?? problem).Message}", problem);
        }
    }

    /// <summary>A device as the deserialiser fills it.</summary>
    sealed class Entry
    {
        public string? Name { get; set; }
        public string Description { get; set; } = "";
        public List<string> Aliases { get; set; } = [];
        public Dictionary<string, double> PeakFlopPerSecond { get; set; } = [];
        public double? UsdPerHour { get; set; }
        public double? TrainingUtilisation { get; set; }
        public double? PrefillUtilisation { get; set; }
        public double? GenerationUtilisation { get; set; }
        public double MemoryBytes { get; set; }
        public double Watts { get; set; }
        public string Source { get; set; } = "";

        public Device ToDevice(string where)
        {
            var device = new Device
            {
                Name = Name ?? throw new TernException($"{where}: a device has no name."),
                Description = Description,
                Aliases = Aliases,
                PeakFlopPerSecond = PeakFlopPerSecond,
                UsdPerHour = UsdPerHour ?? throw new TernException($"{where}: {Name} has no usd_per_hour."),
                MemoryBytes = MemoryBytes,
                Watts = Watts,
                Source = Source,
            };
            return (device with
            {
                TrainingUtilisation = TrainingUtilisation ?? device.TrainingUtilisation,
                PrefillUtilisation = PrefillUtilisation ?? device.PrefillUtilisation,
                GenerationUtilisation = GenerationUtilisation ?? device.GenerationUtilisation,
            }).Checked(where);
        }
    }
}

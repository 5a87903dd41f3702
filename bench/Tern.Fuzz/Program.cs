using System.Globalization;
using Tern.Models.Tests.Fuzzing;
using Tern.Run.Tests.Fuzzing;
using Tern.Testing;

// usage: Tern.Fuzz TARGET|all [COUNT=200000] [SEED=1]
string[] names = [.. FuzzTargets.Names, .. RunFuzzTargets.Names];
var count = 200_000;
var seed = 1;
if (args.Length is < 1 or > 3 || args[0] != "all" && !names.Contains(args[0])
    || args.Length > 1 && !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out count)
    || args.Length > 2 && !int.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out seed))
{
    Console.Error.WriteLine($"usage: Tern.Fuzz TARGET [COUNT=200000] [SEED=1]\ntargets: all, {string.Join(", ", names)}");
    return 2;
}

using var folder = new TemporaryFolder();
var readers = new FuzzTargets(folder.Path);
using var runners = new RunFuzzTargets(folder.Path);
var failed = false;
foreach (var name in args[0] == "all" ? names : [args[0]])
{
    try
    {
        var counts = (RunFuzzTargets.Names.Contains(name) ? runners.Of(name) : readers.Of(name)).Run(count, seed, TimeSpan.FromSeconds(1));
        Console.WriteLine($"{name}: {count} inputs, seed {seed}: {counts.Accepted} read, {counts.Refused} refused, 0 failures");
    }
    catch (InvalidOperationException failure)
    {
        Console.WriteLine($"{name}: FAILURE: {failure.Message}\n{failure.InnerException?.StackTrace}");
        failed = true;
    }
}
return failed ? 1 : 0;

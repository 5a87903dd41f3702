using System.Runtime.CompilerServices;
using Tern.Train.Torch;

// Torch has one generator for the whole process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Tern.Papers.Tests;

static class LoadTorch
{
    [ModuleInitializer]
    internal static void Load() => NativeTorch.Load();
}

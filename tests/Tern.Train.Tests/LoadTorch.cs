using System.Runtime.CompilerServices;
using Tern.Train.Torch;

// Torch has one generator for the whole process, and takes both cores for one test.
[assembly: Parallelization(Mode = ParallelizationMode.None)]

namespace Tern.Train.Tests;

static class LoadTorch
{
    [ModuleInitializer]
    internal static void Load() => NativeTorch.Load();
}

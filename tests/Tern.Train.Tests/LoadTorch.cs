using System.Runtime.CompilerServices;
using Tern.Train.Torch;

namespace Tern.Train.Tests;

static class LoadTorch
{
    [ModuleInitializer]
    internal static void Load() => NativeTorch.Load();
}

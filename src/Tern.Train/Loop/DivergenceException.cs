using Tern.Models;

namespace Tern.Train.Loop;

/// <summary>A loss or a gradient of a run is not finite: the run ends, its last checkpoint is intact.</summary>
public sealed class DivergenceException(string message) : TernException(message);

using Tern.Models;
using Tern.Models.Adapters;
using Tern.Models.Files;
using Tern.Models.Safetensors;
using Tern.Train.Checkpoints;
using Tern.Train.Torch;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Adapters;

/// <summary>How much of a difference an extracted adapter holds.</summary>
/// <param name="Matrices">Matrices that differ, and now have factors.</param>
/// <param name="InFull">Other tensors that differ, which the adapter holds in full.</param>
/// <param name="Energy">Part of the squared difference of all those matrices that the factors hold, at most 1.</param>
/// <param name="Worst">The matrix that keeps the smallest part; null where none differ.</param>
/// <param name="WorstEnergy">That part.</param>
public sealed record AdapterExtractionReport(int Matrices, int InFull, double Energy, string? Worst, double WorstEnergy);

/// <summary>
/// The adapter that makes one model of another as well as its rank allows: W1 - W0 ≈ B A with B = U sqrt(S), A = sqrt(S) Vᵀ of the truncated singular value decomposition, which no other matrix of that rank
/// is nearer to (Eckart and Young 1936). Embeddings, the output matrix and vectors that differ are kept in full.
/// </summary>
public static class AdapterExtraction
{
    /// <summary>Writes the adapter as a PEFT folder with alpha = r.</summary>
    /// <param name="folder">Must not exist or be empty.</param>
    /// <param name="original">W0.</param>
    /// <param name="tuned">W1, of the same shapes.</param>
    /// <param name="rank">At least 1; factors of smaller matrices are filled up with zeros.</param>
    /// <param name="progress">Told of every tensor.</param>
    /// <param name="cancellationToken">Between tensors; leaves nothing behind.</param>
    /// <exception cref="TernException">The models are of different shapes or are the same, the folder is taken, or the disk is full.</exception>
    public static AdapterExtractionReport Write(string folder, ModelOnDisk original, ModelOnDisk tuned, int rank, IProgress<HfProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (rank < 1) throw new TernException($"the rank is {rank}; it must be at least 1.");
        if (original.Config.RopeInterleaved != tuned.Config.RopeInterleaved)
            throw new TernException($"{tuned.Path}: has another rotary order than {original.Path}; bring both into Hugging Face folders with tern convert first.");
        AtomicFolder.RequireFree(folder);
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (parts, full, energies) = (new List<(string Name, Tensor Value)>(), new List<(string Name, Tensor Value)>(), new List<(string Module, double Kept, double All)>());
        var (done, total) = (0L, tuned.Weights.ByteLength);
        foreach (var stored in tuned.Weights.Tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new HfProgress(stored.Name, done += stored.ByteLength, total));
            using var inner = NewDisposeScope();
            var difference = Difference(original, tuned, stored);
            var all = difference.to(ScalarType.Float64).square().sum().item<double>();
            if (all == 0) continue;
            if (!IsBetweenLayers(stored)) full.Add((stored.Name, TensorFile.ToTorch(stored).MoveToOuterDisposeScope()));
            else
            {
                var module = stored.Name[..^".weight".Length];
                var (a, b, kept) = Factor(difference, rank);
                parts.Add(($"{module}.lora_A.weight", a.MoveToOuterDisposeScope()));
                parts.Add(($"{module}.lora_B.weight", b.MoveToOuterDisposeScope()));
                energies.Add((module, kept, all));
            }
        }
        if (parts.Count + full.Count == 0) throw new TernException($"{tuned.Path}: has the weights of {original.Path}; there is nothing to extract.");
        var config = new PeftConfig
        {
            BaseModel = original.Path,
            Rank = rank,
            Alpha = rank,
            Targets = new TargetModules([.. energies.Select(matrix => matrix.Module)]),
            ModulesToSave = [.. full.Select(tensor => tensor.Name[..tensor.Name.LastIndexOf('.')])],
        };
        PeftAdapter.Write(folder, config, [.. parts.Concat(full).Select(tensor => TensorFile.Source(tensor.Name, tensor.Value))], cancellationToken);
        var worst = energies.Count == 0 ? default : energies.MinBy(matrix => matrix.Kept / matrix.All);
        return new AdapterExtractionReport(energies.Count, full.Count, energies.Sum(matrix => matrix.Kept) / Math.Max(double.Epsilon, energies.Sum(matrix => matrix.All)), worst.Module, worst.Module is null ? 1 : worst.Kept / worst.All);
    }

    /// <summary>W1 - W0, float32.</summary>
    static Tensor Difference(ModelOnDisk original, ModelOnDisk tuned, Models.Tensor stored)
    {
        if (!original.Weights.TryGet(stored.Name, out var first) || !first.Shape.SequenceEqual(stored.Shape))
            throw new TernException($"{original.Path}: has no tensor '{stored.Name}' of shape [{string.Join(", ", stored.Shape.ToArray())}]; {tuned.Path} is no tuned form of it.");
        return TensorFile.ToTorch(stored).to(ScalarType.Float32) - TensorFile.ToTorch(first).to(ScalarType.Float32);
    }

    /// <summary>A [rank, in], B [out, rank] and the sum of the squared singular values that they hold.</summary>
    static (Tensor A, Tensor B, double Kept) Factor(Tensor difference, int rank)
    {
        var (u, s, v) = linalg.svd(difference, fullMatrices: false);
        var held = Math.Min(rank, s.shape[0]);
        var root = s.narrow(0, 0, held).sqrt();
        var (a, b) = (zeros(rank, difference.shape[1]), zeros(difference.shape[0], rank));
        a.narrow(0, 0, held).copy_(root.unsqueeze(1) * v.narrow(0, 0, held));
        b.narrow(1, 0, held).copy_(u.narrow(1, 0, held) * root);
        return (a, b, s.narrow(0, 0, held).to(ScalarType.Float64).square().sum().item<double>());
    }

    static bool IsBetweenLayers(Models.Tensor stored) =>
        stored.Shape.Length == 2 && stored.Name.EndsWith(".weight", StringComparison.Ordinal) && stored.Name is not ("model.embed_tokens.weight" or "lm_head.weight");
}

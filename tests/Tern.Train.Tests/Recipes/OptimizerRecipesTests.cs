using Tern.Models;
using Tern.Train.Optimizers;
using Tern.Train.Recipes;

namespace Tern.Train.Tests.Recipes;

public sealed class OptimizerRecipesTests
{
    const string Rest = """
        output: run
        model: { name: llama, hidden_size: 32, layers: 2, heads: 4 }
        tokenizer: { name: train_bpe, vocab_size: 300 }
        data: { sources: [ { path: a.txt } ] }
        steps: 10
        """;

    static OptimizerChoice Read(string optimizer) => RecipeFile.Parse($"{Rest}\noptimizer: {optimizer}", "recipe.yaml").Optimizer;

    [Fact]
    public void Words_choose_between_variants()
    {
        var soap = Assert.IsType<Soap>(Read("{ name: soap, first_step: adam, basis: eigh, shampoo_beta: 0.9, max_precond_dim: 1024, one_sided: true }"));
        Assert.Equal((SoapFirstStep.Adam, SoapBasis.Eigh, 0.9, 1024, true), (soap.FirstStep, soap.Basis, soap.ShampooBeta, soap.MaxPrecondDim, soap.OneSided));
        Assert.Equal(new Soap { Staggered = true, MergeDims = true, Precondition1d = true }, Read("{ name: soap, staggered: true, merge_dims: true, precondition1d: true }"));
        Assert.Equal(new Shampoo { Grafting = ShampooGrafting.None, Root = 4, ShampooBeta = 1, MatrixEpsilon = 1e-6 }, Read("{ name: shampoo, grafting: none, root: 4, shampoo_beta: 1, matrix_epsilon: 1e-6 }"));
        Assert.Equal(new Adafactor { Beta1 = 0.9, ScaleParameter = true, RelativeStep = true, DecayRate = -0.5 }, Read("{ name: adafactor, beta1: 0.9, scale_parameter: true, relative_step: true, decay_rate: -0.5 }"));
        var galore = Assert.IsType<GaLore>(Read("{ name: galore, rank: 16, proj_type: reverse_std, moment_policy: reproject }"));
        Assert.Equal((16, GaLoreSide.ReverseStd, GaLoreMoments.Reproject), (galore.Rank, galore.ProjType, galore.MomentPolicy));
        galore = Assert.IsType<GaLore>(Read("{ name: galore, proj_type: full, proj_init: randomized_svd, staggered: true, inner: sgd, state: int8, block_size: 2048 }"));
        Assert.Equal((GaLoreSide.Full, GaLoreProjection.RandomizedSvd, true), (galore.ProjType, galore.ProjInit, galore.Staggered));
        Assert.Equal((GaLoreInner.Sgd, MomentType.Int8, 2048), (galore.Inner, galore.State, galore.BlockSize));
        Assert.Equal(MomentType.Int8, Assert.IsType<AdamW>(Read("{ name: adamw, state: int8 }")).State);
        Assert.IsType<Muon>(Read("muon"));
    }

    [Fact]
    public void Every_optimizer_survives_being_written_and_read()
    {
        foreach (var kind in RecipeKinds.Of(typeof(OptimizerChoice)))
        {
            var recipe = RecipeFile.Parse($"{Rest}\noptimizer: {{ name: {kind.Name} }}", "recipe.yaml");
            Assert.Equal(recipe.Optimizer, RecipeFile.Parse(RecipeFile.ToYaml(recipe), "written.yaml").Optimizer);
        }
    }

    [Fact]
    public void A_word_that_is_not_known_names_the_nearest()
    {
        var refused = Assert.Throws<TernException>(() => Read("{ name: soap, basis: power_q }"));
        Assert.Contains("did you mean 'power_qr'?", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_recipes_that_come_with_tern_are_sound()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tern.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Tern.slnx");
        var recipes = Directory.GetFiles(Path.Combine(folder, "recipes"), "*.yaml");
        Assert.NotEmpty(recipes);
        Assert.All(recipes, path => RecipeChecks.Check(RecipeFile.Read(path)));
    }
}

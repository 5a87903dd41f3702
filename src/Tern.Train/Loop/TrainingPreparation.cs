using System.Security.Cryptography;
using System.Text;
using Tern.Models;
using Tern.Models.Configs;
using Tern.Models.Files;
using Tern.Models.Templates;
using Tern.Models.Tokenizers;
using Tern.Train.Architectures;
using Tern.Train.Checkpoints;
using Tern.Train.Data;
using Tern.Train.Recipes;
using Tern.Train.Torch;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Loop;

/// <summary>From a recipe to a run that can start: the folder, the tokenizer, the tokens, the model.</summary>
public static class TrainingPreparation
{
    const string RecipeName = "recipe.yaml", TokenizerName = "tokenizer.json";

    /// <summary>Prepares a run in the recipe's output folder, where the resolved recipe, the tokenizer and the tokens are written.</summary>
    /// <param name="recipe">Checked here.</param>
    /// <param name="resume">Go on from the newest checkpoint; false: the folder must not hold one.</param>
    /// <param name="progress">Told while text is tokenised.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <exception cref="TernException">The recipe, its files or the folder are not fit; the message says what to do.</exception>
    public static TrainingRun Prepare(Recipe recipe, bool resume, IProgress<DataProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RecipeChecks.Check(recipe);
        NativeTorch.Load();
        var checkpoints = new TrainingCheckpoint(Path.Combine(recipe.Output, "checkpoints"), recipe.Checkpoints.Keep).All;
        if (!resume && checkpoints.Count > 0) throw new TernException($"{recipe.Output}: holds a run already ({Path.GetFileName(checkpoints[^1])}); go on with --resume, or choose another output folder.");
        Directory.CreateDirectory(recipe.Output);
        var pretrained = recipe.Model is PretrainedChoice choice ? ModelOnDisk.Open(choice.Path) : null;
        try
        {
            var tokenizer = TokenizerOf(recipe, pretrained, checkpoints.Count > 0, cancellationToken);
            var endOfText = EndOfText(recipe, tokenizer, pretrained);
            var chat = recipe.Objective is ChatObjective conversation ? ChatOf(conversation, tokenizer, endOfText, pretrained) : null;
            var data = TrainingData.Open(recipe.Data, recipe.Data.Cache ?? Path.Combine(recipe.Output, "tokens"), tokenizer, endOfText, recipe.Seed, progress, chat, cancellationToken);
            try
            {
                if (recipe.Adapter is null)
                {
                    using var outline = ModelOf(recipe, pretrained, tokenizer, endOfText, (_, shape, _) => empty(shape, device: META));
                    TrainingEstimate.Of(recipe, outline, 0).RequireMemory();
                }
                var model = ModelOf(recipe, pretrained, tokenizer, endOfText);
                recipe.Adapter?.Attach(model, recipe.Seed);
                var run = new TrainingRun(recipe, tokenizer, chat?.Template ?? pretrained?.ChatTemplate, data, model, IdentityOf(recipe, data));
                if (resume) run.Resume();
                AtomicFile.WriteText(Path.Combine(recipe.Output, RecipeName), RecipeFile.ToYaml(recipe), cancellationToken);     // not before: a wrong recipe must not replace that of the run
                return run;
            }
            catch
            {
                data.Dispose();
                throw;
            }
        }
        finally
        {
            pretrained?.Dispose();
        }
    }

    /// <param name="begun">There are checkpoints, which belong to the tokenizer of the folder; otherwise it may be left from another recipe, and is learned anew.</param>
    static Tokenizer TokenizerOf(Recipe recipe, ModelOnDisk? pretrained, bool begun, CancellationToken cancellationToken)
    {
        var own = Path.Combine(recipe.Output, TokenizerName);
        switch (recipe.Tokenizer)
        {
            case TrainedBpe bpe:
                return begun && File.Exists(own) ? TokenizerFiles.Load(own)! : VocabularyTraining.Train(bpe, recipe.Data, own, recipe.Objective is ChatObjective, cancellationToken);
            case TokenizerFile { Path: { } path }:
                return TokenizerFiles.Load(path) ?? throw new TernException($"{path}: there is no tokenizer; name a tokenizer.json, a tokenizer.model or a folder that has one.");
            default:
                return pretrained?.Tokenizer ?? throw new TernException("recipe: tokenizer.path is missing, and the model brings no tokenizer.");
        }
    }

    static int EndOfText(Recipe recipe, Tokenizer tokenizer, ModelOnDisk? pretrained)
    {
        if (recipe.Tokenizer is TrainedBpe bpe) return tokenizer.IdOf(bpe.SpecialTokens[0])!.Value;
        if (pretrained?.Config.EosTokenIds is [var first, ..]) return first;
        return tokenizer.EosTokenId ?? throw new TernException("recipe: the tokenizer names no token that ends a text, which separates documents; take one that does.");
    }

    /// <summary>By the template of the recipe, of the model, or ChatML.</summary>
    static ChatEncoding ChatOf(ChatObjective objective, Tokenizer tokenizer, int endOfText, ModelOnDisk? pretrained)
    {
        bool Knows(string marker) => tokenizer.Encode(marker, addSpecial: false, parseSpecial: true) is [var only] && tokenizer.IsSpecial(only);
        if (objective.Template is { } path && !File.Exists(path)) throw new TernException($"{path}: there is no such file; objective.template names a chat template in Jinja.");
        var source = objective.Template is { } file ? DiskFile.ReadAllText(file) : pretrained?.ChatTemplate;
        if (source is null && !(Knows("<|im_start|>") && Knows("<|im_end|>")))
            throw new TernException("recipe: the model has no chat template, and its tokenizer does not know ChatML's marks <|im_start|> and <|im_end|> as special tokens; "
                + "name a template as objective.template, or, with train_bpe, the marks as tokenizer.special_tokens.");
        return new ChatEncoding(source is null ? ChatTemplate.ChatMl : ChatTemplate.Parse(source), tokenizer, endOfText, tokenizer.BosTokenId ?? pretrained?.Config.BosTokenId);
    }

    /// <param name="weights">Gives the weights instead of chance or the pretrained model: shapes without memory, for an estimate.</param>
    static CausalModel ModelOf(Recipe recipe, ModelOnDisk? pretrained, Tokenizer tokenizer, int endOfText, Func<string, long[], ParameterRole, Tensor>? weights = null)
    {
        using var scope = NewDisposeScope();
        var (length, type) = (recipe.Data.SequenceLength, recipe.Precision.ComputeType);
        if (recipe.Model is LlamaChoice llama)
        {
            random.manual_seed(recipe.Seed);
            return new Llama(llama.ConfigOf(tokenizer.VocabSize, length, endOfText), length, type, llama.Dropout, weights ?? InitialWeights.Random(llama.InitializerRange, llama.Layers), recipe.Quantization);
        }
        var choice = (PretrainedChoice)recipe.Model;
        if (pretrained!.Config is not LlamaConfig config) throw new TernException($"{choice.Path}: is a {pretrained.Config.ModelType} model; this version trains llama.");
        if (config.RopeInterleaved) throw new TernException($"{choice.Path}: has the rotary order of GGUF; bring it into a Hugging Face folder with tern convert first.");
        if (length > config.MaxPositionEmbeddings) throw new TernException($"recipe: data.sequence_length is {length}, the model of {choice.Path} reads {config.MaxPositionEmbeddings} tokens.");
        return new Llama(config, length, type, choice.Dropout, weights ?? ((name, shape, _) => Stored(pretrained, name, shape)), recipe.Quantization);
    }

    static Tensor Stored(ModelOnDisk model, string name, long[] shape)
    {
        var stored = model.Weights[name];
        if (!stored.Shape.SequenceEqual(shape)) throw new TernException($"{model.Path}: the tensor '{name}' is [{string.Join(", ", stored.Shape.ToArray())}], not [{string.Join(", ", shape)}].");
        return TensorFile.ToTorch(stored).to(ScalarType.Float32);
    }

    /// <summary>
    /// A hash of all that decides on the numbers of a run: the recipe but for its folder, and the tokens. How often is evaluated, saved and logged may change
    /// between two parts of a run, the rest may not.
    /// </summary>
    static string IdentityOf(Recipe recipe, TrainingData data)
    {
        var decisive = recipe with { Output = "", Log = new LogChoice(), Checkpoints = new CheckpointChoice(), Evaluation = new EvaluationChoice(), Data = recipe.Data with { Cache = null } };
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{RecipeFile.ToYaml(decisive)}\n{data.Fingerprint}")));
    }
}

// "Generate text" of docs/library.md as a program, to see how long one takes from its start to the first token. usage: Tern.Minimal MODEL PROMPT [TOKENS=20]
using System.Globalization;
using Tern.Run;
using Tern.Run.Generation;
using Tern.Run.Sampling;

var tokens = 20;
if (args.Length is < 2 or > 3 || args.Length == 3 && !int.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out tokens))
{
    Console.Error.WriteLine("usage: Tern.Minimal MODEL PROMPT [TOKENS=20]");
    return 2;
}

using var model = LanguageModel.Load(args[0]);
using var sequence = model.CreateSequence(256);
var generator = new TextGenerator(model, sequence);
var options = new GenerationOptions { MaxTokens = tokens, Sampling = new SamplingOptions { Seed = 1 } };
foreach (var piece in generator.Generate(args[1], options)) Console.Write(piece.Text);
Console.WriteLine();
return 0;

namespace Tern.Run.Constraints;

/// <summary>The right-hand side of a rule, as written.</summary>
abstract record GrammarNode;

/// <summary>Code points, each as a class of one.</summary>
sealed record LiteralNode(string Text) : GrammarNode;

/// <summary>One character out of the ranges: sorted, disjoint, without surrogates.</summary>
sealed record CharacterClassNode((int First, int Last)[] Ranges) : GrammarNode;

sealed record SequenceNode(GrammarNode[] Items) : GrammarNode;

sealed record AlternationNode(GrammarNode[] Choices) : GrammarNode;

/// <summary>Max null: without end.</summary>
sealed record RepeatNode(GrammarNode Item, int Min, int? Max) : GrammarNode;

sealed record RuleReferenceNode(string Name, int Line, int Column) : GrammarNode;

sealed record GrammarRule(string Name, GrammarNode Body, int Line, int Column);

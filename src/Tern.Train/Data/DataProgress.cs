namespace Tern.Train.Data;

/// <summary>How far tokenising has come.</summary>
/// <param name="File">The file that is being read.</param>
/// <param name="FileNumber">Its number among the files of its source, from 1.</param>
/// <param name="FileCount">Files of its source.</param>
/// <param name="Documents">Documents of the source so far.</param>
/// <param name="Tokens">Tokens of the source so far.</param>
public readonly record struct DataProgress(string File, int FileNumber, int FileCount, long Documents, long Tokens);

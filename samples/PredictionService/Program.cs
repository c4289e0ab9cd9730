using PredictionService;

return await ServiceProgram.RunAsync(args, Console.Error);
